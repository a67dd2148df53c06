package explain

import (
	"encoding/json"
	"testing"

	"aircon/policy"
)

const secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:airflow/connections/db-AbCdEf"

func parse(t *testing.T, text string) *policy.Document {
	t.Helper()
	d, err := policy.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func read(t *testing.T, identity string) *policy.Request {
	t.Helper()
	who, ok := policy.PrincipalOf("arn:aws:iam::111122223333:role/airflow/etl", "s")
	if !ok {
		t.Fatal("no principal")
	}
	r := &policy.Request{
		Principal: &who, Action: "secretsmanager:GetSecretValue", Resource: secret,
		Identity: []policy.Policy{{Name: "p", Document: parse(t, identity)}},
	}
	Complete(r)
	return r
}

func TestAnswerAsJSON(t *testing.T) {
	a := Of(read(t, `{"Version":"2012-10-17","Statement":[{"Sid":"No","Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}},{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`), "db")
	got, err := json.MarshalIndent(a, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
 "principal": "arn:aws:sts::111122223333:assumed-role/etl/s",
 "action": "secretsmanager:GetSecretValue",
 "resource": "` + secret + `",
 "allowed": false,
 "decision": "explicitDeny",
 "kind": "identity-based policy",
 "policy": "p",
 "statement": {
  "number": 1,
  "sid": "No",
  "line": 1
 },
 "denial": "User: arn:aws:sts::111122223333:assumed-role/etl/s is not authorized to perform: secretsmanager:GetSecretValue on resource: db with an explicit deny in an identity-based policy",
 "policies": [
  {
   "kind": "identity-based policy",
   "policy": "p",
   "says": "denies",
   "statements": [
    {
     "number": 1,
     "sid": "No",
     "line": 1,
     "effect": "Deny",
     "misses": []
    },
    {
     "number": 2,
     "line": 1,
     "effect": "Allow",
     "misses": [
      "Action s3:* does not match secretsmanager:GetSecretValue"
     ]
    }
   ]
  }
 ],
 "changes": [
  {
   "text": "remove statement No (line 1) from the identity-based policy p",
   "edit": "remove",
   "kind": "identity-based policy",
   "policy": "p",
   "statements": [
    {
     "number": 1,
     "sid": "No",
     "line": 1
    }
   ],
   "document": {
    "Version": "2012-10-17",
    "Statement": [
     {
      "Effect": "Allow",
      "Action": "s3:*",
      "Resource": "*"
     }
    ]
   }
  },
  {
   "text": "add a statement to the identity-based policy p",
   "edit": "add",
   "kind": "identity-based policy",
   "policy": "p",
   "statement": {
    "Effect": "Allow",
    "Action": "secretsmanager:GetSecretValue",
    "Resource": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:airflow/connections/db-??????"
   },
   "document": {
    "Version": "2012-10-17",
    "Statement": [
     {
      "Effect": "Allow",
      "Action": "s3:*",
      "Resource": "*"
     },
     {
      "Effect": "Allow",
      "Action": "secretsmanager:GetSecretValue",
      "Resource": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:airflow/connections/db-??????"
     }
    ]
   },
   "near": "statement 2 (line 1) of p: Action s3:* does not match secretsmanager:GetSecretValue"
  }
 ]
}`
	if string(got) != want {
		t.Errorf("got %s", got)
	}
}

// TestDecrypt asks about a key that hands the decision to identity policies, through Secrets Manager and directly.
func TestDecrypt(t *testing.T) {
	const key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	keyPolicy := parse(t, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}}`)
	for identity, want := range map[string]bool{
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"secretsmanager.eu-west-1.amazonaws.com","kms:EncryptionContext:SecretARN":"` + secret + `"}}}}`: true,
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"secretsmanager.us-east-1.amazonaws.com"}}}}`:                                                    false,
	} {
		if got := Of(Decrypt(read(t, identity), key, keyPolicy), ""); got.Allowed != want {
			t.Errorf("%s: %+v", identity, got)
		}
	}
	if got := Of(Decrypt(read(t, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`), key, nil), ""); got.Allowed {
		t.Error("a key without a policy lets nobody decrypt")
	}
}
