"""The written examples of the demo: shipped tasks whose discussions were written by hand.

The first frame of the app names one of them; `texts` reads what they say.
"""

EXAMPLE_TITLES = {
    "decision": "A decision with trade-offs",
    "maths": "A question with one right answer",
    "salon": "A talk",
}
"""By the task whose first question an example answers, in the order in which they are offered."""
