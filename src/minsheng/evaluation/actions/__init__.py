"""Verbs of assessment: evaluate, publish; `exclusions` and `appeals` are modules of their own."""

from minsheng.evaluation.actions.evaluating import compute, evaluate, publish

__all__ = ["compute", "evaluate", "publish"]
