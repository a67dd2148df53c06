package awsapi

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// lateLook sends a request as net/http does where the answer is quick: the SDK closes the body, and only then net/http looks for its end.
type lateLook struct {
	close func() error
	err   error // of that look
}

func (l *lateLook) Do(r *http.Request) (*http.Response, error) {
	if _, err := io.CopyN(io.Discard, r.Body, r.ContentLength); err != nil {
		return nil, err
	}
	if err := l.close(); err != nil {
		return nil, err
	}
	_, l.err = io.Copy(io.Discard, r.Body)
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

func TestQuickAnswersAreNotCutOff(t *testing.T) {
	for _, whole := range []bool{true, false} {
		request, err := smithyhttp.NewStackRequest().(*smithyhttp.Request).SetStream(strings.NewReader(`{"SecretId": "airflow/connections/db"}`))
		if err != nil {
			t.Fatal(err)
		}
		built := request.Build(t.Context())
		look := &lateLook{close: built.Body.Close}
		var client aws.HTTPClient = look
		if whole {
			client = WholeBody{look}
		}
		if _, err := client.Do(built); err != nil {
			t.Fatal(err)
		}
		if (look.err == nil) != whole { // where the SDK's own body shows no error any more, WholeBody has had its day
			t.Errorf("whole %t: %v", whole, look.err)
		}
	}
}

func TestOpenSendsWholeBodies(t *testing.T) {
	t.Setenv("AWS_REGION", "eu-west-1")
	c, err := Open(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := c.secrets.Options().HTTPClient.(WholeBody); !ok {
		t.Errorf("got %T", c.secrets.Options().HTTPClient)
	}
}
