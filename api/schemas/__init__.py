"""Shapes that exist at the border only; everything else is rendered from the domain's own values."""
