"""Draw assets/readme.png for README.md: a square of steps that does not close."""

import jax.numpy as jnp
from notebooks import ROOT

from lib.classifiers import logistic_loss
from lib.datasets import digits, intensity_and_symmetry, standardize
from lib.fields import gradient_field
from lib.figures import Arrows, Axis, Heatmap, Picture, Text, draw

LEARNING_RATE = 2.0  # large, so that the gap can be seen
data = digits()
pair = (data.labels == 1) | (data.labels == 5)
images, features = data.images[pair], standardize(intensity_and_symmetry(data.images[pair]))
step_field = gradient_field(logistic_loss)
one = Axis("the 1", ticks=()), (features[26], 1), {"color": "blue", "width": 2.5}
five = Axis("the 5", ticks=()), (features[6], 0), {"color": "vermillion", "width": 2.5}

marks, ends = [], []
for order in (one, five), (five, one):
    params = jnp.zeros(2)
    for axis, example, look in order:
        move = LEARNING_RATE * step_field(params, example)
        label = f"a step on {axis.label}" if order[0] is one else None
        marks.append(Arrows(*params, *move, label=label, **look))
        params += move
    ends.append(params)
marks.append(Arrows(*ends[1], *(ends[0] - ends[1]), color="purple", width=2.5))
gap = Text(*ends[1], text="the gap, ε²[v₁, v₅] + O(ε³)", color="purple", anchor="start", dy=24)

look = {"y": Axis("", ticks=()), "aspect": "equal", "width": 0.26}
parts = [
    Picture(Heatmap(images[i], x=(0, 8), y=(8, 0), palette="ink"), x=axis, **look)
    for i, (axis, *_) in ((26, one), (6, five))
]
x = Axis("weight of the ink, w₁", domain=(-2.3, 0.3))
y = Axis("weight of the symmetry, w₂", domain=(-2.2, 1.0))
parts.append(Picture(*marks, gap, x=x, y=y, aspect="equal"))
draw(parts).savefig(ROOT / "assets" / "readme.png", dpi=150, bbox_inches="tight")
