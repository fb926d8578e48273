"""What a list of the admin may be narrowed by, and what becomes of any other query string."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import ValidationError
from django.db import DataError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from unfold.views import ChangeList

SEARCH_CHARACTERS, SEARCH_WORDS = 200, 10


class NarrowedList(ChangeList):  # type: ignore[misc]
    """A list narrowed by its filters, and by the lookups its admin names; by nothing else.

    Django would take any lookup of the model's own fields, some of which have values that only
    the database refuses. What is refused here sends the person to the list as it was.
    """

    def get_filters(self, request: HttpRequest) -> Any:
        try:
            found = super().get_filters(request)
        except DisallowedModelAdminLookup as error:
            raise IncorrectLookupParameters from error
        taken_by_no_filter = found[2].keys()
        if taken_by_no_filter - self.model_admin.known_lookups():
            raise IncorrectLookupParameters
        return found

    def get_results(self, request: HttpRequest) -> None:
        """Counts, so that a value which the database refuses is found here and not in the page."""
        try:
            with self._kept_usable():
                super().get_results(request)
        except (ValueError, OverflowError, DataError) as error:
            raise IncorrectLookupParameters from error

    def _kept_usable(self) -> AbstractContextManager[Any]:
        """A savepoint where values from outside are in the query."""
        return transaction.atomic() if self.get_filters_params() else nullcontext()


class NarrowedLists:
    """For a ModelAdmin: its list understands what it offers and what leads to it."""

    linked_by: ClassVar[frozenset[str]] = frozenset()
    """Lookups that links from other pages use."""
    how_it_fills: ClassVar[str] = ""
    """Said below a list without rows: where they come from."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[NarrowedList]:
        return NarrowedList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        try:
            page: HttpResponseBase = super().changelist_view(request, extra_context)  # type: ignore[misc]
        except ValidationError:
            # An action on something whose id is none.
            messages.error(request, "What was chosen is not in this list.")
            return HttpResponseRedirect(request.get_full_path())
        return page

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        words = search_term[:SEARCH_CHARACTERS].replace("\x00", "").split()[:SEARCH_WORDS]
        found: tuple[QuerySet[Any], bool] = super().get_search_results(  # type: ignore[misc]
            request, queryset, " ".join(words)
        )
        return found

    def known_lookups(self) -> frozenset[str]:
        """Lookups beside those of the list's filters."""
        return self.linked_by
