package secretsmanager_test

import (
	"fmt"
	"strings"
	"testing"

	"aircon/internal/store"
	"aircon/localaws/internal/calltest"
)

// dataKeyRows counts the data keys in the store.
func dataKeyRows(a *calltest.AWS) (n int) {
	a.T.Helper()
	err := a.Store.View(func(tx store.Tx) error {
		for _, err := range tx.Scan("secretsmanager.datakey", "", "") {
			if err != nil {
				return err
			}
			n++
		}
		return nil
	})
	if err != nil {
		a.T.Fatal(err)
	}
	return n
}

// TestDataKeys: values under one KMS key share a data key, which is on disk with the first that uses it, also where an earlier use was undone. Another process
// reads them.
func TestDataKeys(t *testing.T) {
	a := newAWS(t)
	a.Fails("InvalidParameterException", "secretsmanager.CreateSecret", object{
		"Name": "undone", "SecretString": "v", "ClientRequestToken": id(1), "AddReplicaRegions": regions("eu-west-1"),
	})
	key := a.OK("kms.CreateKey", object{})["KeyMetadata"].(object)["KeyId"]
	a.OK("kms.CreateAlias", object{"AliasName": "alias/own", "TargetKeyId": key})
	a.Fails("InvalidParameterException", "secretsmanager.CreateSecret", object{
		"Name": "undone", "SecretString": "v", "ClientRequestToken": id(1), "KmsKeyId": key, "AddReplicaRegions": regions("eu-west-1"),
	})
	for n := range 10 {
		in := object{"Name": fmt.Sprint("s", n), "SecretString": fmt.Sprint("v", n), "ClientRequestToken": id(1)}
		if n >= 5 {
			in["KmsKeyId"] = []any{key, "alias/own"}[n%2]
		}
		a.OK("secretsmanager.CreateSecret", in)
	}
	if n := dataKeyRows(a); n != 2 {
		t.Errorf("10 values have %d data keys, want 2", n)
	}
	other := newAWS(t)
	other.Store = a.Store
	for n := range 10 {
		if got := other.OK("secretsmanager.GetSecretValue", object{"SecretId": fmt.Sprint("s", n)})["SecretString"]; got != fmt.Sprint("v", n) {
			t.Errorf("s%d reads %v in another process", n, got)
		}
	}
	put(other, "s0", "w", 2)
	if n := dataKeyRows(a); n != 3 {
		t.Errorf("another process stored with an old data key: there are %d", n)
	}
	if got := a.OK("secretsmanager.GetSecretValue", object{"SecretId": "s0"})["SecretString"]; got != "w" {
		t.Errorf("read %v", got)
	}
}

// TestValueOfAnotherSecret: a value is tied to its secret and version, though they share a data key.
func TestValueOfAnotherSecret(t *testing.T) {
	a := newAWS(t)
	create(a, "one", "1", 1)
	create(a, "two", "2", 1)
	arns := [2]string{}
	for i, name := range []string{"one", "two"} {
		arns[i] = a.OK("secretsmanager.DescribeSecret", object{"SecretId": name})["ARN"].(string)
	}
	err := a.Store.Update(func(tx store.Tx) error {
		v, _, err := tx.Get("secretsmanager.value", store.Key(arns[0], id(1)))
		if err != nil {
			return err
		}
		return tx.Put("secretsmanager.value", store.Key(arns[1], id(1)), v)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Call("secretsmanager.GetSecretValue", object{"SecretId": "two"}); err == nil || !strings.Contains(err.Error(), "was changed on disk") {
		t.Errorf("the value of another secret reads: %v", err)
	}
}
