"""The agents of a call: one to the end, or a second who takes over, is asked, or joins."""

from __future__ import annotations

from sandbox.content.calls import Call, agent_for, flow_leg, wrapup
from sandbox.content.campaigns import CAMPAIGNS
from sandbox.content.entities import AGENTS
from sandbox.content.shapes import metrics, participant, segment, voice_session


def agents(call: Call, start: int) -> None:
    """One agent to the end; or a second who takes over, is asked, or joins."""
    rng, touch = call.rng, call.touch
    first = agent_for(rng, touch.campaign)
    if touch.shape == "agent":
        held = rng.random() < 0.2
        agent_leg(call, first, start, call.over, call.end, "client" if rng.random() < 0.5 else "peer", held)
        return
    second = (first + 1 + rng.randrange(AGENTS - 1)) % AGENTS
    middle = start + (call.over - start) * rng.randint(35, 65) // 100
    if touch.shape == "transfer":
        agent_leg(call, first, start, middle, middle + 2500, "transfer", rng.random() < 0.5)
        if rng.random() < 0.3 and call.outbound and call.over - middle > 90_000:
            flow = 1 - CAMPAIGNS[touch.campaign].flow
            middle = flow_leg(call, middle + 300, flow, transferred=True)
        agent_leg(call, second, middle + 3000, call.over, call.end, "peer", False)
    elif touch.shape == "consult":
        back = middle + (call.over - middle) // 2
        agent_leg(call, first, start, call.over, call.end, "peer", True, hold=(middle, back))
        agent_leg(call, second, middle, back, back + 1000, "client", False, consulted=True)
    else:
        agent_leg(call, first, start, call.over, call.end, "peer", False, conference_from=middle)
        agent_leg(call, second, middle, call.over, None, "peer", False, consulted=True, conference_from=middle)


def agent_leg(
    call: Call,
    agent: int,
    start: int,
    until: int,
    done: int | None,
    disconnect: str,
    held: bool,
    hold: tuple[int, int] | None = None,
    consulted: bool = False,
    conference_from: int | None = None,
) -> None:
    """An agent: alerted, talking, perhaps holding, wrapping up. A consulted agent does not wrap up."""
    writer, rng, open_ = call.writer, call.rng, call.touch.open
    queue = {} if consulted else {"queueId": call.queue}
    alerted = max(start - 1800, call.answered)
    segments = [segment("alert", alerted, start, **queue)]
    talk, on_hold = until - start, 0
    if held and not hold and until - start > 60_000:
        third = (until - start) // 3
        hold = (start + third, start + third + min(third, rng.randint(9000, 45000)))
    if hold:
        on_hold = hold[1] - hold[0]
        talk -= on_hold
        segments += [
            segment("interact", start, hold[0], **queue),
            segment("hold", hold[0], hold[1], **queue),
            segment("interact", hold[1], None if open_ else until, disconnect, **queue),
        ]
    elif conference_from and conference_from > start:
        segments += [
            segment("interact", start, conference_from, **queue),
            segment("interact", conference_from, until, disconnect, conference=True, **queue),
        ]
    else:
        conference = {"conference": True} if conference_from else {}
        segments.append(segment("interact", start, None if open_ else until, disconnect, **conference, **queue))
    if open_:
        measured = metrics(("tAlert", start - alerted, start))
    else:
        after = max(0, (done or until) - until)
        measured = metrics(("tAlert", start - alerted, start), ("tTalkComplete", talk, until))
        if on_hold:
            measured += metrics(("tHeldComplete", on_hold, until))
        if not consulted:
            good = rng.random() < (0.85 if call.touch.success else 0.2)
            segments.append(
                segment("wrapup", until, done or until, "client", wrapUpCode=wrapup(writer, rng, good), **queue)
            )
            measured += metrics(("tAcw", after, until + after))
        measured += metrics(("tHandle", talk + on_hold + after, until + after))
    session = voice_session(
        writer,
        call.ani,
        call.dnis,
        "outbound",
        segments,
        measured,
        peerId=call.customer_session,
        usedRouting="Manual" if consulted or not call.outbound else "Standard",
        **call.outbound,
    )
    call.participants.append(participant(writer, "agent", session, userId=writer.entities.users[agent]["id"]))
