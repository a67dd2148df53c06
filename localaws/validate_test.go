package localaws

import (
	"html"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestValidation sends inputs that break a service's model, in each protocol: what is empty is told from what was not sent, and the model
// comes before the caller's permissions.
func TestValidation(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	const (
		jsonBody = "application/x-amz-json-1.1"
		formBody = "application/x-www-form-urlencoded"
		must     = "' failed to satisfy constraint: Member must "
	)
	for name, test := range map[string]struct {
		method, path, kind, target, body, service string
		want                                      string // a part of the answer; "" is success
	}{
		"JSON, not sent": {
			"POST", "/", jsonBody, "TrentService.DescribeKey", `{}`, "kms",
			`{"__type":"ValidationException","message":"1 validation error detected: Value null at 'keyId` + must + `not be null"}`,
		},
		"JSON, null":  {"POST", "/", jsonBody, "TrentService.DescribeKey", `{"KeyId":null}`, "kms", "Value null at 'keyId"},
		"JSON, empty": {"POST", "/", jsonBody, "TrentService.DescribeKey", `{"KeyId":""}`, "kms", "Value '' at 'keyId" + must + "have length greater than or equal to 1"},
		"JSON, an empty member that may be": {
			"POST", "/", jsonBody, "TrentService.CreateKey", `{"Description":"","Tags":[{"TagKey":"a","TagValue":""}]}`, "kms", "",
		},
		"JSON, a member left out": {
			"POST", "/", jsonBody, "TrentService.CreateKey", `{"Description":"","Tags":[{"TagKey":"a","TagValue":""},{"TagKey":"b"}]}`, "kms",
			"1 validation error detected: Value null at 'tags.2.member.tagValue" + must + "not be null",
		},
		"query, not sent": {
			"POST", "/", formBody, "", "Action=GetRole&Version=2010-05-08", "iam",
			"<Code>ValidationError</Code>\n    <Message>1 validation error detected: Value at 'roleName" + must + "not be null</Message>",
		},
		"query, empty":                       {"POST", "/", formBody, "", "Action=GetUser&Version=2010-05-08&UserName=", "iam", "The specified value for userName is invalid."},
		"query, an empty member that may be": {"POST", "/", formBody, "", "Action=CreateUser&Version=2010-05-08&UserName=u&Tags.member.1.Key=a&Tags.member.1.Value=", "iam", ""},
		"query, a member left out": {
			"POST", "/", formBody, "", "Action=CreateUser&Version=2010-05-08&UserName=v&Tags.member.1.Key=a&Tags.member.1.Value=&Tags.member.7.Key=b", "iam",
			"1 validation error detected: Value at 'tags.2.member.value" + must + "not be null",
		},
		"REST, in the body": {
			"PUT", "/environments/analytics", "application/json", "", `{"SourceBucketArn":""}`, "airflow",
			`5 validation errors detected: Value null at 'executionRoleArn` + must + `not be null; Value '' at 'sourceBucketArn` + must + `have length greater than or equal to 1; ` +
				`Value '' at 'sourceBucketArn`,
		},
		"REST, in the path":  {"GET", "/environments/1x", "", "", "", "airflow", `Value '1x' at 'name` + must + `satisfy regular expression pattern: [a-zA-Z][0-9a-zA-Z-_]*`},
		"REST, in the query": {"GET", "/environments?MaxResults=26", "", "", "", "airflow", `Value '26' at 'maxResults` + must + `have value less than or equal to 25`},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(test.method, "http://local.test"+test.path, strings.NewReader(test.body))
			r.Header.Set("Content-Type", test.kind)
			if test.target != "" {
				r.Header.Set("X-Amz-Target", test.target)
			}
			signAs(t, r, s.Administrator(), test.service)
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if test.want == "" && w.Code != 200 || test.want != "" && w.Code != 400 {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
			if got := html.UnescapeString(w.Body.String()); !strings.Contains(got, test.want) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
