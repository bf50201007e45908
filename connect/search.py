"""The staff's search: by the beginning of words in an id or name, by account, by the creator's e-mail.

Each of the three has an index of its own. One condition over all of them, or a search within words, would read every
record.
"""

from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import F, Func, QuerySet, TextField, Value

BETWEEN = "._-@/:'\\"
"""Separates words, also in ids such as `maya.cooks`."""
LONGEST = 191


def _in_words(column: str) -> Func:
    spaces = Value(" " * len(BETWEEN))
    return Func(F(column), Value(BETWEEN), spaces, function="translate", output_field=TextField())


WORDS = SearchVector(_in_words("external_id"), _in_words("name"), config="simple")
"""The indexed expression: a query that writes it in another way does not use the index."""


def words_that_begin(text: str) -> SearchQuery:
    """A query for records that have, for each word of the text, a word that begins with it."""
    words = text.translate(dict.fromkeys(map(ord, BETWEEN), " ")).split()
    return SearchQuery(" & ".join(f"'{word[:LONGEST]}':*" for word in words), config="simple", search_type="raw")


def matching(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Those of the rows that the text finds."""
    all_records = rows.model._default_manager
    by_words = all_records.alias(words=WORDS).filter(words=words_that_begin(text))
    by_creator = all_records.filter(user__email__istartswith=text)
    searches = [search.order_by().values("pk") for search in (by_words, all_records.named(text), by_creator)]
    return rows.filter(pk__in=searches[0].union(*searches[1:], all=True))
