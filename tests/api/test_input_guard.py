"""The guard in front of everything: what would be a 500 somewhere behind is a clear refusal, allauth included."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connect.api.strict_input import Unreadable, nest, read_form, read_json
from tests.support.api import a_claim

HEADLESS = "/_allauth/app/v1/auth/login"
DEEP = b'{"a":' * 20_000 + b"1" + b"}" * 20_000
BODIES = {
    "NUL": rb'{"email":"a\u0000b"}',
    "NUL in a key": rb'{"a\u0000b":1}',
    "lone surrogate": rb'{"email":"\ud800"}',
    "deep object": DEEP[:60_000],
    "deep array": b"[" * 20_000,
    "33 levels": b"[" * 33 + b"]" * 33,
    "5,000 digits": b'{"a":' + b"9" * 5000 + b"}",
    "21 digits": b'{"a":' + b"9" * 21 + b"}",
    "duplicate keys": b'{"a":1,"a":2}',
    "infinite": b'{"a":1e999}',
    "NaN": b'{"a":NaN}',
    "bad UTF-8": b'{"a":"\xff"}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"a":1}',
    "not JSON": b"{",
    "a list": b"[]",
    "a number": b"1",
}


@pytest.mark.django_db
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("path", ["/api/get/networks/", HEADLESS])
def test_json_that_nothing_should_see(client, path, body):
    answer = client.post(path, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["error"] == "validation_error"
    assert answer.json()["message"]
    assert answer.json()["field"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [b"a=%00", b"a%00=1", b"a=%ff", b"a=%ED%A0%80", b"a=1&a=2", b"a[b]=1&a=2", b"a[b][c]=1&a[b]=2", b"a[=1", b"a[]=1",
     b"a" + b"[b]" * 40 + b"=1", b"&".join(b"f%d=1" % number for number in range(300)), b"tags[" + b"9" * 5000 + b"=1"],
)  # fmt: skip
def test_forms_that_nothing_should_see(client, body):
    answer = client.post("/api/get/networks/", body, content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()["error"]) == (400, "validation_error")


@pytest.mark.django_db
def test_multipart(client):
    from django.core.files.uploadedfile import SimpleUploadedFile

    answer = client.post("/api/get/networks/", {"a": SimpleUploadedFile("x.txt", b"hello")})
    assert answer.json() == {"error": "validation_error", "message": "Files are not accepted", "field": "a"}
    answer = client.post("/api/get/networks/", b"--nonsense", content_type="multipart/form-data; boundary=x")
    assert answer.status_code in (400, 401)
    answer = client.post("/api/get/networks/", b"x", content_type="multipart/form-data")
    assert (answer.status_code, answer.json()["error"]) == (400, "validation_error")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/get/networks/", HEADLESS, "/admin/login/"])
def test_size_query_path_headers_and_charset(client, path):
    assert client.post(path, b"x" * 65_537, content_type="application/json").status_code == 413
    assert client.post(f"{path}?a=%00").status_code == 400
    assert client.post(f"{path}%00").status_code == 400
    assert client.post(path, headers={"X-Session-Token": "a\x00b"}).status_code == 400
    charset = client.post(path, b"{}", content_type="application/json; charset=utf-16")
    assert b"This could not be read" in charset.content or charset.json()["error"] == "validation_error"


@pytest.mark.django_db
def test_a_header_may_hold_what_an_address_may_not(alice):
    assert alice.post("get/networks/", Referer="https://example.org/?q=%00").status_code == 200


@pytest.mark.django_db
def test_a_page_form_may_repeat_a_name_but_not_hold_nul(desk):
    form = {"action": "accept", "_selected_action": ["1", "2"]}
    assert desk.post("/admin/networks/socialnetwork/", form).status_code in (200, 302)
    assert desk.post("/admin/networks/socialnetwork/", {"action": "acc\x00ept"}).status_code == 400


@pytest.mark.parametrize("depth", [1, 31, 32])
def test_32_levels_are_fine(depth):
    assert read_json(b"[" * depth + b"]" * depth) is not None


def test_brackets_in_strings_do_not_count():
    assert read_json(b'{"a":"' + b"[" * 5000 + b'\\""}') == {"a": "[" * 5000 + '"'}


def test_bracket_notation_is_nested_data():
    assert read_form(b"network_id=1&extra_data[bio]=x&extra_data[a][b]=") == {
        "network_id": "1",
        "extra_data": {"bio": "x", "a": {"b": ""}},
    }


def test_providers_names_are_repaired():
    assert read_json(rb'{"name":"a\u0000\ud800b"}', repair=True) == {"name": "a\ufffd\ufffdb"}


@given(st.binary(max_size=200))
def test_any_bytes_end_in_data_or_a_refusal(raw):
    for read in (read_json, read_form, lambda raw: read_json(raw, repair=True)):
        try:
            read(raw)
        except Unreadable as error:
            assert error.message


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=10))
def test_any_pairs_end_in_data_or_a_refusal(pairs):
    try:
        assert isinstance(nest(pairs), dict)
    except Unreadable as error:
        assert error.message


@pytest.mark.parametrize(
    ("followers", "status"), [(5.0, 200), (5, 200), ("5", 200), (5.5, 400), (True, 400), (1e300, 400)]
)
def test_a_whole_number_however_it_is_written(alice, followers, status):
    answer = alice.post("action/network/approval/", a_claim(followers=followers))
    assert answer.status_code == status
    if status == 200:
        assert [row["followers"] for row in alice.ok("get/networks/", {"view": "full"})["networks"]] == [5]


def test_null_is_no_object_to_the_sign_in(client):
    answer = client.post(HEADLESS, b"null", content_type="application/json")
    assert (answer.status_code, answer.json()["error"]) == (400, "validation_error")
