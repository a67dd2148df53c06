"""What compare() lets through, and what it does not."""

import datetime
import unittest

import answers

ONE, TWO = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
ARN = "arn:<partition>:secretsmanager:<region>:111111111111:secret:<SecretId-0idx><ArnPart-0idx>"
NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
OK = {"HTTPStatusCode": 200, "HTTPHeaders": {}}

# name, recorded, got, how many differences
CASES = [
    ("equal", {"A": [1, "x", True]}, {"A": [1, "x", True]}, 0),
    ("another number", {"A": 1}, {"A": 2}, 1),
    ("a number for a truth value", {"A": True}, {"A": 1}, 1),
    ("a member is missing", {"A": 1, "B": 2}, {"A": 1}, 1),
    ("a member too many", {"A": 1}, {"A": 1, "B": 2}, 1),
    ("an element is missing", ["a", "b"], ["a"], 1),
    ("another order", ["a", "b"], ["b", "a"], 2),
    ("a moment", {"Date": "datetime"}, {"Date": NOW}, 0),
    ("a text for a moment", {"Date": "datetime"}, {"Date": "2026"}, 1),
    ("a placeholder", ARN, "arn:aws:secretsmanager:us-east-1:111111111111:secret:a/b-c-AbCdEf", 0),
    ("not of its kind", ARN, "arn:aws:secretsmanager:us-east-1:111111111111:secret:a/b-c", 1),
    ("the same twice", ["<version_uuid:1>", "<version_uuid:1>"], [ONE, ONE], 0),
    ("the same, and two values", ["<version_uuid:1>", "<version_uuid:1>"], [ONE, TWO], 1),
    ("two, and the same value", ["<version_uuid:1>", "<version_uuid:2>"], [ONE, ONE], 1),
    ("the same twice in one text", "<SecretId-0idx> is <SecretId-0idx>", "a is a", 0),
    ("the same twice in one text, and two values", "<SecretId-0idx> is <SecretId-0idx>", "a is b", 1),
    ("placeholders as names", {"<version_uuid:1>": ["A"], "<version_uuid:2>": ["B"]}, {TWO: ["A"], ONE: ["B"]}, 0),
    ("placeholders as names, and another value", {"<version_uuid:1>": ["A"], "<version_uuid:2>": ["B"]}, {TWO: ["A"], ONE: ["C"]}, 1),
    ("one name too few", {"<version_uuid:1>": ["A"]}, {}, 1),
    ("bytes as a text", "b'plain'", b"plain", 0),
    ("bytes that vary", "ciphertext-blob", b"\xff", 0),
    ("no bytes", "ciphertext-blob", b"", 1),
    ("a document", {"ResourcePolicy": {"A": 1}}, {"ResourcePolicy": '{"A": 1}'}, 0),
    ("another document", {"ResourcePolicy": {"A": 1}}, {"ResourcePolicy": '{"A": 2}'}, 1),
    ("the status", {"ResponseMetadata": OK}, {"ResponseMetadata": {"HTTPStatusCode": 200, "RequestId": "x"}}, 0),
    ("another status", {"ResponseMetadata": OK}, {"ResponseMetadata": {"HTTPStatusCode": 400, "RequestId": "x"}}, 1),
    ("no request id", {"ResponseMetadata": OK}, {"ResponseMetadata": {"HTTPStatusCode": 200}}, 1),
]


class Compare(unittest.TestCase):
    def test_cases(self):
        for name, recorded, got, differences in CASES:
            with self.subTest(name):
                lines, _ = answers.compare(recorded, got, {})
                self.assertEqual(len(lines), differences, lines)

    def test_placeholders_outlive_an_answer(self):
        _, bound = answers.compare({"VersionId": "<version_uuid:1>"}, {"VersionId": ONE}, {})
        self.assertEqual(answers.compare("<version_uuid:1>", ONE, bound)[0], [])
        self.assertEqual(len(answers.compare("<version_uuid:1>", TWO, bound)[0]), 1)
        self.assertEqual(len(answers.compare("<version_uuid:2>", ONE, bound)[0]), 1)

    def test_unknown_placeholder(self):
        with self.assertRaises(KeyError):
            answers.compare("<surprise:1>", "x", {})


if __name__ == "__main__":
    unittest.main()
