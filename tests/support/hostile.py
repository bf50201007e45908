"""Values that break software: one list for every sweep."""

DEEP_LIST: list = []
for _ in range(30):
    DEEP_LIST = [DEEP_LIST]

TEXTS = [
    "", " ", "\t", "\n", "\r\n", "\x00", "a\x00b", "\x01", "\x1b[31m", "\x7f", "\ud800", "a\udfffb", "\ufeff", "\ufffd", "\u202eabc",
    "\u200b", "\u2028", "İ", "ß", "ﬁ", "é", "e\u0301", "١٢٣", "１２３", "²", "Ⅷ", "𝟙𝟚", "😀", "👨‍👩‍👧", "a" * 192, "a" * 4097,
    "a" * 20_000, "é" * 9_000, "0", "-1", "00", "+1", "1e3", "1.0", "1_000", "0x10", "NaN", "Infinity", "-Infinity", "null", "None",
    "undefined", "true", "false", "9" * 20, "9" * 21, "9" * 400, "9" * 5000, str(2**31), str(2**63 - 1), str(2**63), str(-(2**63) - 1),
    "[]", "{}", '{"a":1}', "[" * 500, "<script>alert(1)</script>", "' OR 1=1 --", '"; DROP TABLE x; --', "{{7*7}}", "${7*7}", "%s%n%d",
    "%00", "%ff", "../../etc/passwd", "C:\\con", "=HYPERLINK(\"http://x\")", "@SUM(1)", "javascript:alert(1)", "//evil.example",
    "http://127.0.0.1/", "http://[::1", "https://facebook.com@evil.example/", "https://facebook.com:99999/", "https://\u2488.com",
    "http://" + "a" * 300 + ".com", "https://fаcebook.com/x", "data:,x", "a@b", "a@b.c", "alice@example.org\nBcc: x", "a" * 300 + "@example.org",
    "2024-01-01T00:00:00Z", "0000-00-00", "instagram", "INSTAGRAM ", "instagram\x00", "pending", "full", "\\", "\\u0000", "'", '"', "`",
    "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "sbx.", "sbx.e30", "Bearer x", "x" * 64, "x y", "\u0130stanbul", "K" * 65,
]  # fmt: skip

NUMBERS = [
    0, -0.0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), 10**19, 10**20, 10**400, 1.5, -1.5, 1e308, 1e-308, True, False, None,
]  # fmt: skip

SHAPES = [
    [], {}, [[]], [None], [1] * 1000, {"a": None}, {"": ""}, {"a": {"b": {"c": 1}}}, DEEP_LIST, {"\x00": 1}, {"\ud800": 1},
    {"__proto__": 1}, {"a" * 200: 1}, {str(number): number for number in range(100)}, {"category": []}, {"engagement_rate": {}},
    {"engagement_rate": "NaN"}, {"bio": ["x" * 2000] * 20}, {"client_id": "facebook-client-id", "access_token": "\x01"},
    {"client_id": [], "access_token": {}}, {"client_id": "facebook-client-id", "id_token": "a.b.c"},
]  # fmt: skip

VALUES = [*TEXTS, *NUMBERS, *SHAPES]
