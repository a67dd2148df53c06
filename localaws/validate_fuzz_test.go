package localaws

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"aircon/internal/awswire"
	"aircon/localaws/iam"
	"aircon/localaws/model"
	"aircon/localaws/op"
)

// FuzzCheck decodes any JSON into the input of any row: the check ends with a refusal in AWS's form or with none, and what a log may hold
// is JSON.
func FuzzCheck(f *testing.F) {
	services := allServices(iam.New(), Options{})
	f.Add(uint8(3), uint8(2), `{"Name":"","SecretString":"x","Tags":[{"Key":"","Value":null}]}`)
	f.Add(uint8(2), uint8(0), `{"Tags":[null,{"TagKey":"é"}],"Origin":""}`)
	f.Add(uint8(4), uint8(0), `{"NetworkConfiguration":{"SubnetIds":["",null]},"AirflowConfigurationOptions":{"":""},"Tags":{}}`)
	f.Add(uint8(0), uint8(60), `{"PolicyDocument":"\u0000","Tags":[]}`)
	f.Fuzz(func(t *testing.T, service, row uint8, text string) {
		s := &services[int(service)%len(services)]
		o := &s.Operations[int(row)%len(s.Operations)]
		in := o.Input()
		if awswire.DecodeJSON([]byte(text), in) != nil {
			return
		}
		checker := model.Of(s.Name).Checker(o.Name, in, model.Own{Members: s.Own, Sentences: s.Sentences})
		var refused *op.Error
		if err := checker.Check(in, awswire.SentJSON([]byte(text))); err != nil &&
			(!errors.As(err, &refused) || !strings.HasPrefix(refused.Code, "Validation") || refused.Message == "") {
			t.Errorf("%s %q: %#v", o.Name, text, err)
		}
		if shown := model.AppendRedacted(nil, s.Name, o.Name, in); shown != nil && !json.Valid(shown) {
			t.Errorf("%s %q is logged as %s", o.Name, text, shown)
		}
	})
}
