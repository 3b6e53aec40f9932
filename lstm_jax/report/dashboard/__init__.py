"""Runs as one page that needs nothing else: `content` finds what to show, `page` writes it."""

from lstm_jax.report.dashboard.content import content
from lstm_jax.report.dashboard.nets import nets
from lstm_jax.report.dashboard.page import page

__all__ = ["content", "nets", "page"]
