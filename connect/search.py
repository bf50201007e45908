"""How staff find records: by how words of an id or name begin, by the account meant, by the creator's e-mail.

Each way has an index that answers it alone; one condition over all of them, or over what stands within a word, would
read every record.
"""

from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import F, Func, QuerySet, TextField, Value

BETWEEN = "._-@/:'\\"
"""What separates words, in ids such as `maya.cooks` as well."""
LONGEST = 191


def _in_words(column: str) -> Func:
    spaces = Value(" " * len(BETWEEN))
    return Func(F(column), Value(BETWEEN), spaces, function="translate", output_field=TextField())


WORDS = SearchVector(_in_words("external_id"), _in_words("name"), config="simple")
"""What the index holds: written otherwise, a query would not use it."""


def words_that_begin(text: str) -> SearchQuery:
    """Ask for all words of a text, each of which may go on."""
    words = text.translate(dict.fromkeys(map(ord, BETWEEN), " ")).split()
    return SearchQuery(" & ".join(f"'{word[:LONGEST]}':*" for word in words), config="simple", search_type="raw")


def found(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Those of the rows that staff mean by a text."""
    everyone = rows.model._default_manager
    worded = everyone.alias(words=WORDS).filter(words=words_that_begin(text))
    creators = everyone.filter(user__email__istartswith=text)
    ways = [way.order_by().values("pk") for way in (worded, everyone.named(text), creators)]
    return rows.filter(pk__in=ways[0].union(*ways[1:], all=True))
