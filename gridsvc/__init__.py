"""gridsvc divides a district into grids, plans the routes of the people who serve it, and knows who owns a place."""

__version__ = "0.1.0"
