package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// wheel writes a wheel of moto that holds these policies.
func wheel(t *testing.T, policies string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("moto/iam/aws_managed_policies.py")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, "# made\naws_managed_policies_data = \"\"\"\n"+policies+"\"\"\"\n"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "moto.whl")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const newest = `{
 "Writer": {"CreateDate": "2020-01-02T03:04:05+00:00", "DefaultVersionId": "v2", "Path": "/service-role/", "UpdateDate": "2021-01-02T03:04:05+00:00",
  "Document": {"Statement": {"Resource": "*", "Action": ["s3:PutObject", "s3:Once"], "Effect": "Allow"}, "Version": "2012-10-17"}},
 "Reader": {"CreateDate": "2020-01-02T03:04:05+00:00", "DefaultVersionId": "v1", "Path": "/", "UpdateDate": "2020-01-02T03:04:05+00:00",
  "Document": {"Statement": [
   {"Resource": "*", "Action": "s3:GetObject", "Effect": "Allow", "Sid": "a"},
   {"Condition": {"Null": {"s3:GetObject": "true"}}, "Action": "s3:PutObject", "Effect": "Deny", "NotResource": "*"}], "Version": "2012-10-17"}}
}`

// TestTable writes two policies: their members in AWS's order, repeated strings once, the ids from where they are told.
func TestTable(t *testing.T) {
	out := filepath.Join(t.TempDir(), "managed.gz")
	older := wheel(t, `{"Writer": {"PolicyId": "ANPAAAAAAAAAAAAAAAAAA", "Path": "/service-role/", "Document": {"Statement": []}},
		"Reader": {"PolicyId": "ANPAOFANOTHERPATHAAAA", "Path": "/other/", "Document": {"Statement": []}}}`)
	if err := run(source{"2.0.0", wheel(t, newest)}, source{"1.0.0", older}, "", out); err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(table))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(text); got != wanted {
		t.Errorf("got\n%q\nwant\n%q", got, wanted)
	}
}

const wanted = "# moto-2.0.0 ids-of-moto-1.0.0; made by tools/managedpolicies; make models writes it anew\n" +
	"/Reader - v1 2020-01-02T03:04:05Z 2020-01-02T03:04:05Z 108\n" +
	"/service-role/Writer ANPAAAAAAAAAAAAAAAAAA v2 2020-01-02T03:04:05Z 2021-01-02T03:04:05Z 40\n" +
	"\x002012-10-17\n\x00Action\n\x01llow\n\x00Effect\n\x00Resource\n\x00Statement\n\x00Version\n\x00s3:GetObject\n\x03PutObject\n" +
	"{\x86:\xff\xfa,\x85:[{\"Sid\":\"a\",\xff\xfe:\xff\xff,\xff\xff:\x86,\xff\xfd:\"*\"}," +
	"{\xff\xff:\"Deny\",\xff\xfe:\x87,\"NotResource\":\"*\",\"Condition\":{\"Null\":{\xff\xff:\"true\"}}}]}" +
	"{\x86:\xff\xfa,\x85:{\xff\xfe:\xff\xff,\xff\xff:[\x87,\"s3:Once\"],\xff\xfc:\"*\"}}"

// TestRefusals has what a newer moto may bring and the table cannot say.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct{ policies, want string }{
		"an unknown member": {`{"P": {"Path": "/", "Document": {"Statement": [{"Because": "x"}]}}}`, "a policy has the member Because, whose place is not known"},
		"an escape":         {`{"P": {"Path": "/", "Document": {"Statement": [{"Sid": "\\"}]}}}`, "has escapes, which are not read"},
		"no ASCII":          {`{"P": {"Path": "/", "Document": {"Statement": [{"Sid": "é"}]}}}`, "/P: its text has the byte 0xc3, which is no ASCII"},
		"no statement":      {`{"P": {"Path": "/", "Document": {"Version": "2012-10-17"}}}`, "a policy has no Statement"},
	} {
		t.Run(name, func(t *testing.T) {
			moto := source{"2.0.0", wheel(t, c.policies)}
			if err := run(moto, moto, "", filepath.Join(t.TempDir(), "managed.gz")); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}
