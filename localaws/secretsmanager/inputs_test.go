package secretsmanager_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"aircon/localaws/internal/calltest"
	"aircon/localaws/secretsmanager"
)

// TestLimits: each limit, just kept and just broken.
func TestLimits(t *testing.T) {
	x := strings.Repeat
	tags := func(n int) (list []object) {
		for i := range n {
			list = append(list, object{"Key": fmt.Sprint("k", i), "Value": ""})
		}
		return list
	}
	tests := map[string]struct {
		member     string
		kept, over any
		want       string
	}{
		"name": {"Name", x("n", 512), x("n", 513), "ValidationException: 1 validation error detected: Value '" + x("n", 513) +
			"' at 'name' failed to satisfy constraint: Member must have length less than or equal to 512"},
		"no name":      {"Name", "!", "", "ValidationException: Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"},
		"name's colon": {"Name", "a/_+=.@-B9", "a:b", "ValidationException: Invalid name."},
		"string":       {"SecretString", x("é", 32768), x("é", 32768) + "x", "ValidationException: 1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536"},
		"binary":       {"SecretBinary", base64.StdEncoding.EncodeToString(make([]byte, 65536)), base64.StdEncoding.EncodeToString(make([]byte, 65537)), "ValidationException: 1 validation error detected: Value at 'secretBinary' failed"},
		"description":  {"Description", x("d", 2048), x("d", 2049), "ValidationException: 1 validation error detected: Value '"},
		"short token":  {"ClientRequestToken", x("t", 32), x("t", 31), "InvalidParameterException: ClientRequestToken must be 32-64 characters long."},
		"long token":   {"ClientRequestToken", x("t", 64), x("t", 65), "InvalidParameterException: ClientRequestToken must be 32-64 characters long."},
		"tags":         {"Tags", tags(50), tags(51), "LimitExceededException"},
		"tag key":      {"Tags", []object{{"Key": x("k", 128), "Value": ""}}, []object{{"Key": x("k", 129), "Value": ""}}, "ValidationException: 1 validation error detected: Value '" + x("k", 129) + "' at 'tags.1.member.key' failed"},
		"reserved tag": {"Tags", []object{{"Key": "aw", "Value": ""}}, []object{{"Key": "aws:x", "Value": ""}}, "InvalidParameterException"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := newAWS(t)
			in := object{"Name": "s", "ClientRequestToken": id(1)}
			in[tt.member] = tt.over
			a.Fails(tt.want, "secretsmanager.CreateSecret", in)
			in[tt.member] = tt.kept
			a.OK("secretsmanager.CreateSecret", in)
		})
	}
	a := newAWS(t)
	a.Fails("InvalidParameterException: You can't specify both a binary secret value and a string secret value in the same secret.",
		"secretsmanager.CreateSecret", object{"Name": "s", "ClientRequestToken": id(1), "SecretString": "x", "SecretBinary": "eA=="})
	create(a, "s", "v", 1)
	a.Fails("ValidationException: 1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length greater than or equal to 1",
		"secretsmanager.PutSecretValue", object{"SecretId": "s", "ClientRequestToken": id(2), "SecretString": ""})
	a.Fails("InvalidRequestException: You must provide either SecretString or SecretBinary.",
		"secretsmanager.PutSecretValue", object{"SecretId": "s", "ClientRequestToken": id(2)})
}

// listed runs ListSecrets page by page and returns the names, in order.
func listed(a *calltest.AWS, in object) string {
	a.T.Helper()
	var names []string
	for range 10 {
		page := a.OK("secretsmanager.ListSecrets", in)
		for _, s := range page["SecretList"].([]any) {
			names = append(names, s.(object)["Name"].(string))
		}
		if page["NextToken"] == nil {
			return strings.Join(names, " ")
		}
		in["NextToken"] = page["NextToken"]
	}
	a.T.Fatalf("no end of pages after %v", names)
	return ""
}

func TestListSecrets(t *testing.T) {
	a := newAWS(t)
	for i, name := range []string{"prod/db", "prod/Queue", "dev/db"} {
		a.Now = a.Now.Add(time.Minute)
		a.OK("secretsmanager.CreateSecret", object{
			"Name": name, "ClientRequestToken": id(1), "SecretString": "v", "Description": "The main " + name[strings.IndexByte(name, '/')+1:],
			"Tags": []object{{"Key": "team", "Value": fmt.Sprint("data-", i)}},
		})
	}
	a.OK("secretsmanager.CreateSecret", object{"Name": "old", "ClientRequestToken": id(1)})
	a.OK("secretsmanager.DeleteSecret", object{"SecretId": "old"})
	filter := func(key string, values ...string) object {
		return object{"Filters": []object{{"Key": key, "Values": values}}}
	}
	tests := map[string]struct {
		in   object
		want string
	}{
		"all, oldest first":           {object{}, "prod/db prod/Queue dev/db"},
		"newest first":                {object{"SortOrder": "desc"}, "dev/db prod/Queue prod/db"},
		"by name":                     {object{"SortBy": "name"}, "dev/db prod/Queue prod/db"},
		"in pages":                    {object{"MaxResults": 1}, "prod/db prod/Queue dev/db"},
		"in pages, newest first":      {object{"MaxResults": 1, "SortOrder": "desc"}, "dev/db prod/Queue prod/db"},
		"with those to be deleted":    {object{"IncludePlannedDeletion": true}, "prod/db prod/Queue dev/db old"},
		"name by its beginning":       {filter("name", "prod/"), "prod/db prod/Queue"},
		"name, case counts":           {filter("name", "Prod/"), ""},
		"name, not its middle":        {filter("name", "db"), ""},
		"one of two names":            {filter("name", "dev", "prod/Q"), "prod/Queue dev/db"},
		"not a name":                  {filter("name", "!prod"), "dev/db"},
		"description's words":         {filter("description", "MAIN que"), "prod/Queue"},
		"tag key":                     {filter("tag-key", "te"), "prod/db prod/Queue dev/db"},
		"tag value":                   {filter("tag-value", "data-1"), "prod/Queue"},
		"everything":                  {filter("all", "queue"), "prod/Queue"},
		"another service's":           {filter("owning-service", "rds"), ""},
		"two filters must both match": {object{"Filters": []object{{"Key": "name", "Values": []string{"prod"}}, {"Key": "tag-value", "Values": []string{"data-0"}}}}, "prod/db"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := listed(a, tt.in); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
	a.Fails("ValidationException: 1 validation error detected: Value 'color' at 'filters.1.member.key' failed to satisfy constraint: Member must satisfy enum value set: [",
		"secretsmanager.ListSecrets", filter("color", "red"))
	a.Now = a.Now.Add(-24 * time.Hour) // a clock that is set back hides nothing
	if got := listed(a, object{"SortBy": "name"}); got != "dev/db prod/Queue prod/db" {
		t.Errorf("before they were made: %q", got)
	}
	a.Fails("InvalidNextTokenException", "secretsmanager.ListSecrets", object{"NextToken": "nonsense"})
	a.Fails("ValidationException", "secretsmanager.ListSecrets", object{"MaxResults": 101})
}

// TestListLag: a new secret is read at once, and listed later.
func TestListLag(t *testing.T) {
	a := newAWSWith(t, secretsmanager.Options{ListLag: 5 * time.Minute})
	create(a, "s", "v", 1)
	a.OK("secretsmanager.GetSecretValue", object{"SecretId": "s"})
	if got := listed(a, object{}); got != "" {
		t.Errorf("listed %q at once", got)
	}
	a.Now = a.Now.Add(5 * time.Minute)
	if got := listed(a, object{}); got != "s" {
		t.Errorf("listed %q after the lag", got)
	}
}

func TestTags(t *testing.T) {
	a := newAWS(t)
	create(a, "s", "v", 1)
	a.OK("secretsmanager.TagResource", object{"SecretId": "s", "Tags": []object{{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}}})
	a.OK("secretsmanager.TagResource", object{"SecretId": "s", "Tags": []object{{"Key": "a", "Value": "3"}}})
	a.OK("secretsmanager.UntagResource", object{"SecretId": "s", "TagKeys": []string{"b", "never"}})
	got := fmt.Sprint(a.OK("secretsmanager.DescribeSecret", object{"SecretId": "s"})["Tags"])
	if want := "[map[Key:a Value:3]]"; got != want {
		t.Errorf("tags %s, want %s", got, want)
	}
}

func TestRandomPassword(t *testing.T) {
	a := newAWS(t)
	const lower, upper, digits = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
	const punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
	tests := map[string]struct {
		in    object
		size  int
		holds []string
		only  string
	}{
		"as it comes":   {object{}, 32, []string{lower, upper, digits, punctuation}, lower + upper + digits + punctuation},
		"short":         {object{"PasswordLength": 4}, 4, []string{lower, upper, digits, punctuation}, lower + upper + digits + punctuation},
		"digits alone":  {object{"ExcludeLowercase": true, "ExcludeUppercase": true, "ExcludePunctuation": true}, 32, []string{digits}, digits},
		"no 0":          {object{"ExcludeLowercase": true, "ExcludeUppercase": true, "ExcludePunctuation": true, "ExcludeCharacters": "0123456"}, 32, nil, "789"},
		"with space":    {object{"PasswordLength": 5, "IncludeSpace": true}, 5, []string{lower, upper, digits, punctuation, " "}, lower + upper + digits + punctuation + " "},
		"not each type": {object{"PasswordLength": 1, "RequireEachIncludedType": false}, 1, nil, lower + upper + digits + punctuation},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for range 20 {
				got := a.OK("secretsmanager.GetRandomPassword", tt.in)["RandomPassword"].(string)
				if len(got) != tt.size || strings.Trim(got, tt.only) != "" {
					t.Fatalf("%q", got)
				}
				for _, set := range tt.holds {
					if !strings.ContainsAny(got, set) {
						t.Fatalf("%q has none of %s", got, set)
					}
				}
			}
		})
	}
	a.Fails("InvalidParameterException: Password length is too short based on the required types.", "secretsmanager.GetRandomPassword", object{"PasswordLength": 3})
	a.Fails("ValidationException: 1 validation error detected: Value '4097' at 'passwordLength' failed to satisfy constraint: Member must have value less than or equal to 4096",
		"secretsmanager.GetRandomPassword", object{"PasswordLength": 4097})
}

// TestTextDoesNotShow: no row and no formatted input holds a secret's text, in any spelling.
func TestTextDoesNotShow(t *testing.T) {
	a := newAWS(t)
	const canary = "canary-pässword-7f3a"
	create(a, "s", canary, 1)
	put(a, "s", canary+"2", 2)
	a.OK("secretsmanager.CreateSecret", object{"Name": "b", "SecretBinary": base64.StdEncoding.EncodeToString([]byte(canary)), "ClientRequestToken": id(1)})
	a.OK("secretsmanager.GetSecretValue", object{"SecretId": "s"})
	rows := dump(a)
	if !strings.Contains(rows, "secretsmanager.value ") {
		t.Fatal("no value was stored")
	}
	for _, spelling := range []string{canary, canary[:9], base64.StdEncoding.EncodeToString([]byte(canary))[:16], base64.StdEncoding.EncodeToString([]byte("s" + canary))[:16]} {
		if strings.Contains(rows, spelling) {
			t.Errorf("the store holds %q:\n%s", spelling, rows)
		}
	}
	for _, in := range []string{"CreateSecret", "PutSecretValue", "UpdateSecret"} {
		text := a.Formatted("secretsmanager."+in, object{"SecretString": canary})
		if strings.Contains(text, "canary") || !strings.Contains(text, "redacted") {
			t.Errorf("%s prints as %s", in, text)
		}
	}
}
