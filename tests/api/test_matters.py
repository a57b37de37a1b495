"""Similar demands, events, hot issues and places through the API."""

from datetime import timedelta

from minsheng.foundation import clock, recent
from minsheng.insight import gazetteer, matters
from minsheng.insight.models import Event, HotIssue
from support.town import NOW, Town


def test_similar_demands_make_an_event_that_is_confirmed_and_merged(call, town: Town) -> None:
    numbers = []
    for n, title in enumerate(["盐河路水管爆裂", "盐河路水管爆裂停水", "盐河路大水管爆裂"]):
        with clock.moved(NOW + timedelta(minutes=n)):
            demand = town.accept(title=title, text="盐河路的水管爆裂，路口都淹了，请抢修。")
            numbers.append(demand.number)
            recent.forget()
            matters.take_in()
    agent, dispatcher = call("agent"), call("dispatcher")
    with clock.moved(NOW + timedelta(hours=1)):
        similar = agent.get(f"/demands/{numbers[2]}/similar")
        assert {one["number"] for one in similar} == set(numbers[:2])
        assert similar[0]["answer"] == "same"
        (event,) = dispatcher.get("/events?state=suggested")
        assert event["size"] == 3
        path = f"/events/{event['id']}"
        agent.post(f"{path}/confirm", {}, 403)
        dispatcher.post(f"{path}/merge", {}, 409)
        dispatcher.post(f"{path}/confirm", {"title": "盐河路爆管"})
        assert dispatcher.get(path)["event"]["state"] == "confirmed"
        assert dispatcher.post(f"{path}/split", {"numbers": [numbers[2]]}) == {"event": None}
        dispatcher.post(f"{path}/add", {"number": numbers[2]})
        merged = dispatcher.post(f"{path}/merge", {})
        assert (merged["into"], merged["merged"]) == (numbers[0], numbers[1:])
        dispatcher.post(f"{path}/close", {"reason": "已修复"})
        dispatcher.post(f"{path}/dismiss", {"reason": "不是"}, 409)
    assert Event.objects.get().state == "closed"


def test_hot_issues_are_read_and_settled(call, town: Town) -> None:
    issue = HotIssue.objects.create(
        kind="topic", rule="r", about="a", title="t", explanation="e", observed=9, heat=4,
        window_from=NOW, window_to=NOW, at=NOW,
    )  # fmt: skip
    assert [one["title"] for one in call("leader").get("/hot-issues?state=open")] == ["t"]
    call("agent").get("/hot-issues", 403)
    path, body = f"/hot-issues/{issue.pk}/settle", {"taken": False, "reason": "误报"}
    call("leader").post(path, body, 403)
    assert call("supervisor").post(path, body)["state"] == "dismissed"
    call("supervisor").post(path, body, 409)


def test_places_are_found_and_confirmed(call, town: Town) -> None:
    row = {"name": "盐河路", "kind": "road", "street": "east-quay", "lon": "1", "lat": "2"}
    gazetteer.import_places(town.actor("system"), [row])
    recent.forget()
    found = call("agent").get("/places?text=盐河路12号路灯坏了")
    assert (found["address"], found["lon"]) == ("东湾区码头街道盐河路12号", 1)
    call("agent").get("/places?text=楼道漏水", 404)
    place = {"name": "柳荫花园", "kind": "estate", "street": "east-hill"}
    call("agent").post("/places", place, 403)
    assert call("dispatcher").post("/places", place)["name"] == "柳荫花园"
    call("dispatcher").post("/places", place, 422)
