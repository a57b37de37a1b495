// Draws <div data-chart='{…}'> with ECharts in the colours of the page. The same numbers stand in a
// table beside it, so a page without this script has lost nothing but the picture.
(() => {
  "use strict";
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const drawn = new Map();

  const ink = () => ({
    text: getComputedStyle(document.body).color,
    quiet: css("--quiet"),
    line: css("--rest-soft"),
    series: ["--chart-1", "--chart-2", "--chart-3"].map(css),
    ground: css("--tblr-bg-surface"),
  });

  const option = (given, wall) => {
    const look = ink();
    const words = { color: look.quiet, fontSize: wall ? 18 : 12, fontFamily: css("--tblr-font-sans-serif") };
    const axis = { axisLabel: words, axisTick: { show: false }, axisLine: { lineStyle: { color: look.line } } };
    const value = { type: "value", axisLabel: words, splitLine: { lineStyle: { color: look.line } }, minInterval: 0 };
    const lying = given.kind === "bar";
    // A ratio is read in percent; what is no number is no data.
    const printed = (number) =>
      number === null || number === undefined ? "—" : given.percent ? `${+(number * 100).toFixed(2)}%` : number.toLocaleString();
    if (given.percent) value.axisLabel = { ...words, formatter: (number) => `${+(number * 100).toFixed(1)}%` };
    const labels = { type: "category", data: given.labels, ...axis, boundaryGap: lying };
    if (lying) labels.inverse = true;
    return {
      animation: false,
      color: look.series,
      textStyle: words,
      grid: { left: 8, right: 24, top: given.series.length > 1 ? 34 : 12, bottom: 4, containLabel: true },
      legend: { show: given.series.length > 1, top: 0, right: 0, textStyle: { ...words, color: look.text } },
      // Drawn into the canvas: the page's policy forbids the styled HTML of the usual tooltip.
      tooltip: {
        trigger: "axis",
        valueFormatter: printed,
        renderMode: "richText",
        backgroundColor: look.ground,
        borderColor: look.line,
        textStyle: { ...words, color: look.text },
      },
      xAxis: lying ? value : labels,
      yAxis: lying ? labels : value,
      series: given.series.map((one, i) => ({
        ...one,
        type: lying ? "bar" : "line",
        showSymbol: given.labels.length < 2,
        lineStyle: { width: wall ? 4 : 2, type: i ? "dashed" : "solid" },
        barMaxWidth: 16,
        barGap: "10%",
      })),
    };
  };

  const draw = (element) => {
    const given = JSON.parse(element.dataset.chart);
    if (given.kind === "bar") {
      const lines = given.labels.length * (given.series.length > 1 ? 34 : 26) + 50;
      element.style.height = `${lines}px`;
    }
    const chart = echarts.init(element, null, { renderer: "canvas" });
    chart.setOption(option(given, document.body.classList.contains("wall")));
    const watch = new ResizeObserver(() => chart.resize());
    watch.observe(element);
    drawn.set(element, { chart, watch });
  };
  const all = () => {
    for (const [element, { chart, watch }] of drawn) {
      if (element.isConnected) continue;
      watch.disconnect();
      chart.dispose();
      drawn.delete(element);
    }
    for (const element of document.querySelectorAll("[data-chart]")) {
      if (!drawn.has(element)) draw(element);
    }
  };
  const again = () => {
    for (const [element, { chart }] of drawn) {
      chart.setOption(option(JSON.parse(element.dataset.chart), document.body.classList.contains("wall")), true);
    }
  };

  document.addEventListener("DOMContentLoaded", all);
  document.addEventListener("htmx:afterSettle", all);
  new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
})();
