"""How far mode `auto` had to go, and what a fixed vote or a full debate would have cost instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from roundtable_tui.answers.votes.stopping import leader_probability
from roundtable_tui.reports.report.baseline import find_first_answers
from roundtable_tui.reports.report.fold import EventFold
from roundtable_tui.reports.report.types import Report, ReportedRound, ReportedSteps
from roundtable_tui.reports.report.usage import count_own_tokens, count_tokens
from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.text import single_line

DEBATE_SEATS = 3
DEBATE_ROUNDS = 2
"""The full debate that the estimate is about."""
_VERDICT_TOKENS = 60
_MAX_COUNT = 64
NO_PROOF = "agreement is not a proof: errors that the answers share are not seen"


def report_steps(fold: EventFold, rounds: Sequence[ReportedRound]) -> ReportedSteps | None:
    """Return the steps of the stage that the answer is from; None in other modes than `auto`.

    Args:
        fold: the events of the run.
        rounds: the rounds of that stage.
    """
    event = fold.steps.get(fold.result_stage)
    if event is None:
        return None
    votes = tuple(map(_clamp, event.votes[:_MAX_COUNT]))
    ends = find_first_answers(fold, rounds[0]) if rounds else []
    count = max(1, len(ends))
    completion = sum(int(end.usage.get("completion_tokens", 0)) for end in ends) / count
    prompt = count_tokens(ends) / count - completion
    runner_up = votes[1] if len(votes) > 1 else 0
    return ReportedSteps(
        step=event.step,
        rule=event.rule,
        votes=votes,
        probability=leader_probability(votes[0], runner_up) if votes else None,
        asked=_clamp(event.asked),
        cap=_clamp(event.cap),
        models=event.models,
        debate_rounds=_clamp(event.debate_rounds),
        leader_changed=event.leader_changed,
        tokens=count_own_tokens(fold),
        fixed_vote_tokens=round((prompt + completion) * _clamp(event.cap)),
        full_debate_tokens=round(estimate_debate_tokens(prompt, completion)) if ends else 0,
    )


def _clamp(count: int) -> int:
    """Return a count that no run exceeds, whatever a record contains."""
    return min(max(count, 0), _MAX_COUNT)


def estimate_debate_tokens(prompt: float, completion: float) -> float:
    """Estimate the tokens of a debate of `DEBATE_SEATS` seats and two rounds, with a verdict on each.

    Args:
        prompt: tokens of the prompt of a first answer.
        completion: tokens of a first answer.
    """
    answers = DEBATE_SEATS * completion
    first = DEBATE_SEATS * (prompt + completion)
    second = DEBATE_SEATS * (prompt + answers + completion)  # Its own answer and those of the others.
    verdicts = (prompt + answers) + (prompt + 2 * answers) + 3 * _VERDICT_TOKENS
    return first + second + verdicts


def describe_steps(steps: ReportedSteps) -> Iterator[str]:
    """Yield the step reached, the votes, the costs, and that agreement is not a proof."""
    yield _describe_step(steps)
    if steps.probability is not None and sum(steps.votes) > 1:
        split = ":".join(map(str, steps.votes))
        models = ", ".join(single_line(name, 40) for name in steps.models)
        if steps.votes[1:2] == steps.votes[:1]:
            yield f"first answers {split}: no leader"
        else:
            yield (
                f"first answers {split}, those of the leader by {models}; it stays ahead with"
                f" P = {steps.probability:.2f} if errors are independent"
            )
    if steps.full_debate_tokens:
        yield (
            f"{count_of(steps.tokens, 'token')} spent; a vote of {steps.cap} would have cost about"
            f" {steps.fixed_vote_tokens:,}, a debate of {DEBATE_SEATS} seats and {DEBATE_ROUNDS} rounds about"
            f" {steps.full_debate_tokens:,}"
        )
    yield NO_PROOF


def _describe_step(steps: ReportedSteps) -> str:
    answers = f"{steps.asked} of at most {count_of(steps.cap, 'answer')} asked"
    if steps.step == "debate":
        changed = ""
        if steps.leader_changed is not None:
            changed = (
                "; it changed the leading answer" * steps.leader_changed or "; the leading answer stayed"
            )
        return f"step 3, a debate of {count_of(steps.debate_rounds, 'round')}: {answers}{changed}"
    if steps.step == "captain":
        return f"step 2, the captain saw that the texts agree: {answers}, no debate"
    if steps.step == "vote":
        return f"step 1, settled by the first answers: {answers}, no debate"
    return f"one answer came, nothing to compare it with: {answers}"


def describe_unanimous_start(report: Report) -> Iterator[str]:
    """Yield a hint at `auto` if a debate ended with equal answers in round 1."""
    rounds, baseline = report.rounds, report.baseline
    if report.mode != "debate" or len(rounds) != 1 or baseline is None or not baseline.tokens:
        return
    votes = rounds[0].votes
    if len(votes) == 1 and votes[0] > 1:
        about = baseline.tokens * 2 // votes[0]
        tokens = count_of(about, "token")
        yield f"all answers of round 1 were equal: mode auto would have ended after two, about {tokens}"
