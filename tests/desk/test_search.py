"""Staff find records in any of four ways, none of which reads all records."""

import pytest

from connect.models import User
from networks.models import SocialNetwork
from tests.support.plans import analyze, reading_all_of, statements

pytestmark = pytest.mark.django_db
LIST = "/admin/networks/socialnetwork/"
TABLES = ("networks_socialnetwork", "connect_user")


@pytest.fixture
def many():
    people = [User(username=f"somebody{number}", email=f"somebody{number}@example.org") for number in range(3000)]
    records = [
        SocialNetwork(user=user, network="instagram", external_id=f"other{user.pk}", name=f"Other {user.pk}")
        for user in User.objects.bulk_create(people)
    ]
    SocialNetwork.objects.bulk_create(records)
    analyze(*TABLES)


@pytest.fixture
def maya(sign_up):
    creator = sign_up("maya.lind@example.org")
    pk = creator.claim(network="instagram", name="cooking.with_maya")
    SocialNetwork.objects.filter(pk=pk).update(name="Jürgen's Küche & Co")
    return pk


def found(desk, text):
    page = desk.get(LIST, {"q": text})
    assert page.status_code == 200
    return [row.pk for row in page.context["cl"].result_list]


FOUND_BY = [
    "cooking.with_maya",
    "COOKING",
    "@with_may",
    "Maya.Lind@example.org",
    "maya.li",
    "Küche",
    "co jürgen's",
    "https://www.instagram.com/cooking.with_maya/?hl=de",
    "instagram.com/cooking.with_maya",
]


def test_a_record_is_found_without_reading_all(desk, many, maya):
    for text in FOUND_BY:
        with statements() as executed:
            assert found(desk, text) == [maya], text
        searches = [statement for statement in executed if "to_tsvector" in statement[0]]
        assert len(searches) == 2, text  # how many, and those of the page
        assert reading_all_of(searches, *TABLES) == [], text


@pytest.mark.parametrize(
    "text", ["ooking", "maya nobody", "&", "'", "\\", "!|():*<->", "maya' | 'other", "%", "ä" * 3000]
)
def test_nothing_is_found_by_what_nobody_has(desk, maya, text):
    assert found(desk, text) == []


def test_what_is_found_is_narrowed_by_the_filters(desk, maya):
    page = desk.get(LIST, {"q": "cooking", "status__exact": "accepted"})
    assert list(page.context["cl"].result_list) == []
    assert page.context["cl"].full_result_count is None


def test_users_are_found_by_the_beginning_of_their_e_mail_or_name(desk, many):
    for text in ("Somebody77@", "somebody77"):
        with statements() as executed:
            page = desk.get("/admin/connect/user/", {"q": text})
        assert "somebody77" in {user.username for user in page.context["cl"].result_list}
        searches = [statement for statement in executed if "LIKE" in statement[0]]
        assert len(searches) == 2, text
        assert reading_all_of(searches, "connect_user") == [], text
