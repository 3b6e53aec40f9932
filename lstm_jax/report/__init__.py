"""Tables and figures made from summaries."""
