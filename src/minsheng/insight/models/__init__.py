"""What insight keeps in the database, one module per noun."""

from minsheng.insight.models.suggestions import Suggestion
from minsheng.insight.models.versions import ModelVersion

__all__ = ["ModelVersion", "Suggestion"]
