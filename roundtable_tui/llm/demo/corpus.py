"""The demo's own sentences about weighing things up. `{topic}` takes a phrase of the question."""

from __future__ import annotations

OPENINGS = (
    "My first reading is that {topic} matters less than it seems, and that timing matters more.",
    "Before weighing {topic}, it helps to say what would change my mind.",
    "The short version: yes on the direction, no on the speed.",
    "There are two questions inside this one, and {topic} belongs to the second.",
    "I would start from the people who have to live with the result.",
    "Taken literally the question is easy; taken seriously it turns on {topic}.",
    "Most of the disagreement here is about {topic}, not about the facts.",
    "Let me put the plain case first and the doubts after it.",
    "What is at stake with {topic} is mostly reversible, and that should set the tone.",
    "I come at this from the side of cost, because that is where {topic} shows first.",
    "Suppose we did nothing about {topic} for a year: what would we regret?",
    "The honest starting point is that we know less about {topic} than we talk about it.",
)

POINTS = (
    "The strongest argument for {topic} is that it can be tried on a small scale and dropped without harm.",
    "The cost of being wrong about {topic} is small as long as the decision can be undone.",
    "It is easier to add {topic} later than to take it away once people depend on it.",
    "A good test is whether we would choose {topic} again, knowing what we know today.",
    "The people who carry the cost are rarely the people who make the decision.",
    "What looks like a question of taste is often a question of who has to maintain it.",
    "Two of the reasons given so far are the same reason in different clothes.",
    "The simple option wins unless somebody can name the case in which it fails.",
    "A decision made early with half of the facts is often better than one made late with all of them.",
    "There is a difference between {topic} as an idea and {topic} as a habit.",
    "Past experience with {topic} is a weak guide when the conditions have changed.",
    "The numbers point the same way, although the sample is small.",
    "It is worth asking what happens on the worst day, not only on the average one.",
    "The benefit of {topic} arrives slowly, and the cost of it arrives at once.",
    "If the first step is cheap, the order of the steps matters more than the plan.",
    "The risk is not that {topic} fails, but that nobody notices when it does.",
    "We should separate what we can measure from what we merely expect.",
    "The case for {topic} rests on one assumption, and that assumption can be checked in a week.",
    "Whoever argues for speed should say what is lost by waiting a month.",
    "The most useful evidence is the evidence that could have gone the other way.",
    "In practice the second attempt is cheaper than the first, because the mistakes are known.",
    "A rule that everybody can remember beats a rule that covers every case.",
    "What matters is the state we are in after it goes wrong, and how soon we know it.",
    "The best reason to wait is that new facts about {topic} are already on the way.",
    "The choice is easier once we agree on what a good outcome would look like.",
    "It is fair to ask who gains from {topic} and who only hears about it.",
    "The effort goes into the last tenth, and the last tenth is what people see.",
    "A trial with a clear end date tells us more than another round of opinions.",
    "There is room for {topic} if it replaces something, and little room if it is added on top.",
    "The question of {topic} cannot be settled by principle alone.",
    "When two options are this close, the one that is easier to explain should win.",
    "It is better to be roughly right about {topic} than to be precise about the wrong thing.",
    "The hidden cost of {topic} is the attention it takes from everything else.",
    "A careful answer names the conditions under which it would be wrong.",
    "The decision should be made by those who know the work and reviewed by those who pay for it.",
    "Nothing here is urgent enough to skip the step in which we ask somebody who disagrees.",
    "What we call a trade-off is often a matter of order: first one thing, then the other.",
    "If {topic} is the goal, then the means should be allowed to change.",
    "The evidence for {topic} is stronger than the enthusiasm for it suggests.",
    "Small steps make it possible to learn from {topic} before the bill arrives.",
)

DOUBTS = (
    "That said, I am not convinced that {topic} behaves the same way at ten times the size.",
    "The weak point of this view is that it takes the present for granted.",
    "One objection remains: a cheap trial of {topic} can turn into an expensive habit.",
    "I may be wrong about the timing, and the timing decides most of it.",
    "Against this stands the plain fact that people dislike changing twice.",
    "It would be dishonest to hide that the other side has the better examples.",
    "The counterexample is easy to find: look at what happened when {topic} was rushed.",
    "Still, a doubt that cannot be tested should not stop us for long.",
    "If that assumption falls, so does the rest of the argument.",
    "A fair critic would say that this moves the problem instead of solving it.",
)

REPLIES = (
    "Having read the other answers, I find the point about {topic} the strongest.",
    "I agree with most of what was said, but not with the order in which it was said.",
    "One of the others made the better case on cost, and I have changed my answer there.",
    "The other answers convinced me that the doubt about {topic} is smaller than I thought.",
    "We differ less than it looks: the dispute is about when, not about whether.",
    "I keep my conclusion and borrow a better reason for it.",
    "The objection from the last round is right as far as it goes, and it goes about half way.",
    "After a second look the simpler reading holds, and I give up the clever one.",
)

ENDINGS = (
    "On balance I would go ahead with {topic}, slowly, and look again in a month.",
    "So: start small, write down what would count as failure, and keep the way back open.",
    "That leaves one thing to settle, and it can be settled by trying.",
    "My conclusion is modest, but I would put my name under it.",
    "If we do only one thing, it should be the trial.",
    "I would rather be corrected on {topic} early than be praised late.",
    "All in all the case for {topic} is good enough to act on and weak enough to watch.",
    "Until somebody shows the opposite, I would leave it there.",
)

TALK = (
    "I see it the other way round: {topic} is the easy part, and the people are the hard one.",
    "Fair enough, but who looks after {topic} once we have all moved on?",
    "That is exactly what worried me about {topic} from the start.",
    "I would be happy with half of it, if the half comes this year.",
    "We keep coming back to {topic}, so maybe that is the real question.",
    "Let us not make it bigger than it is; a week of trying would tell us.",
    "I liked the point about cost, and I think it settles more than we admit.",
    "My worry is simpler: nobody has said what happens when it goes wrong.",
    "Then we agree on {topic}, and only the timing is left.",
    "Somebody has to say it: we would not be talking about {topic} if it were cheap.",
    "From where I sit the numbers matter less than the habit behind them.",
    "I could live with that, as long as we write down why we chose it.",
    "It took me a while, but I have come round to the view that {topic} deserves a try.",
    "Before we move on, I would like to hear one good reason against {topic}.",
)

ASIDES = (
    "{name}, how do you see that?",
    "I think {name} has the better example for this.",
    "{name} will disagree with me here, I suspect.",
    "What {name} said about this still holds.",
    "Maybe {name} can say what it would take.",
)

THOUGHTS = (
    "What is actually being asked here? It turns on {topic}, so that comes first.",
    "Two readings are possible; the narrow one is safer.",
    "Let me check the obvious answer against a case where it should fail.",
    "It holds for the small case. For the large one I am less sure.",
    "The others will probably stress {topic}, so a second angle is worth more.",
    "Is there a number in this? Not one that can be trusted.",
    "So the order is: the claim, the reason, the doubt, the answer.",
    "Wait, the cost falls on somebody else. That changes the weight of {topic}.",
    "If I am wrong, where would it show first? Probably in the timing.",
    "Keep it short: one claim, one example, one doubt.",
    "The counterexample does not hold, because it assumes that nothing can be undone.",
    "Good. That is enough to answer.",
)

ITEMS = (
    "a trial with an end date",
    "one person who may say no",
    "the worst case, written down beforehand",
    "what it costs to go back",
    "who has to live with the result",
    "the evidence that would change our minds",
    "a smaller version of {topic}",
    "what happens if nothing is done about {topic}",
    "the first step, which is cheap",
    "the last step, which is not",
    "a date on which we look at {topic} again",
    "the part of {topic} that nobody owns yet",
)

LEADS = ("In short", "The crux", "What I would do", "The main doubt", "Worth keeping", "The price")

HEADINGS = (
    "What speaks for it",
    "Where it could fail",
    "A way to find out",
    "The short answer",
    "What is left open",
)

LIST_LEADS = (
    "Three things decide it:",
    "I would want to see:",
    "In order of weight:",
    "What is missing so far:",
)

ROWS = (
    ("go ahead now", "quick to learn", "costly to undo"),
    ("try it for a month", "cheap, has an end", "tells little about scale"),
    ("wait for better facts", "nothing is lost yet", "others decide first"),
    ("do half of it", "everybody can live with it", "nobody is glad of it"),
    ("leave it as it is", "known trouble only", "the trouble stays"),
)

CODES = (
    "def worth_trying(gain, loss, days_to_undo):\n    return gain > loss * days_to_undo",
    "for option in sorted(options, key=cost_to_undo):\n    if survives(option, worst_day):\n        break",
    "votes = Counter(answer for seat, answer in table)\nanswer, support = votes.most_common(1)[0]",
)

STANCES = (
    "Start with a small trial and decide on its result.",
    "Go ahead now, with a clear way back.",
    "Wait for better evidence before acting.",
    "Do the reversible half first.",
    "Leave it as it is and remove what hinders it.",
    "Let those who do the work decide.",
)

DIRECTIONS = (
    "Say which evidence would change your answer, and weigh the cost of being wrong.",
    "Answer the strongest objection to your own view before you repeat it.",
    "Agree on what a good outcome is first; then compare the answers against it.",
    "Drop what all of you share and look only at where you differ.",
)
