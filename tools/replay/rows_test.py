"""When an answer is AWS's, and what of it is another in each run."""

import unittest

import rows


class Rows(unittest.TestCase):
    def test_same(self):
        for aws, answer, same in [
            ("S1", "S1", True),
            ("S1", "S2", False),
            ("DeniedException", "DeniedException: any words", True),
            ("DeniedException", "OtherException: any words", False),
            ("DeniedException", "done", False),
            ("DeniedException: these words", "DeniedException: these words", True),
            ("DeniedException: these words", "DeniedException: other words", False),
            ("UnknownOperationException", "UnknownOperationException", True),
        ]:
            with self.subTest(aws=aws, answer=answer):
                self.assertEqual(rows.Row("", aws, "", rows.text).same(answer), same)

    def test_plain(self):
        for answer, plain in [
            (
                "arn:aws:secretsmanager:us-east-1:123456789012:secret:a/b-AbCdEf.",
                "arn:aws:secretsmanager:us-east-1:123456789012:secret:a/b-??????.",
            ),
            ("version 11111111-1111-4111-8111-111111111111", "version <id>"),
            ("20150830T123600Z is earlier than 20261123T000000Z", "20150830T123600Z is earlier than <now>"),
            ("403: <Error><Code>AccessDenied</Code></Error>", "HTTP 403, in XML that the client cannot read: AccessDenied"),
        ]:
            self.assertEqual(rows.plain(answer), plain)


if __name__ == "__main__":
    unittest.main()
