"""企业专席 in a browser: the agent asks, the specialist passes back, and all see who did what."""

from playwright.sync_api import expect

from minsheng.demands import actions as demands


def test_from_the_agent_to_the_specialist_and_back(people, living_town):
    person = demands.PersonIn(name="青山机械厂", kind="enterprise")
    demand = living_town.accept(kind="consult", petitioner=person, title="研发费用怎样加计扣除")
    agent = people.at("agent", "/console/enquiries")
    agent.get_by_role("link", name="转专员").click()
    agent.get_by_label("专员所在单位").select_option("housing")
    agent.get_by_label("问什么").fill("今年的政策口径")
    agent.get_by_role("button", name="转专员").click()
    expect(agent.locator("#messages")).to_contain_text("已转专员")
    specialist = people.at("specialist", f"/console/demands/{demand.pk}")
    specialist.get_by_role("link", name="转派单").click()
    specialist.get_by_label("转派单理由").fill("要到现场核实")
    specialist.get_by_role("button", name="转派单").click()
    expect(specialist.locator("main")).to_contain_text("要到现场核实")
    supervisor = people.at("supervisor", "/console/knowledge/keeping")
    supervisor.get_by_label("知识表").set_input_files(
        {
            "name": "items.csv",
            "mimeType": "text/csv",
            "buffer": "title,answer,unit\n加计扣除,按实际。,housing\n坏行,,housing\n".encode(),
        }
    )
    supervisor.get_by_role("button", name="导入").click()
    expect(supervisor.locator("main")).to_contain_text("没有办成 1")
