package mwaa

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"aircon/localaws/op"
)

type invokeInput struct {
	Name            string `location:"uri"`
	Path            string
	Method          string
	QueryParameters json.RawMessage `json:",omitempty"`
	Body            json.RawMessage `json:",omitempty"`
}

func (in *invokeInput) environmentName() string { return in.Name }

type invokeOutput struct {
	RestApiStatusCode int
	RestApiResponse   json.RawMessage `json:",omitempty"`
}

// WebServers are those of the environments whose Airflow runs.
type WebServers interface {
	// Invoke carries a request to the REST API of an environment's Airflow, as the user of a role, and returns its answer. The error is
	// ErrNoWebServer where no Airflow runs.
	Invoke(ctx context.Context, r RESTRequest) (status int, body []byte, err error)
	// Host returns where an environment's web server listens, such as 127.0.0.1:40001, and "" where no Airflow runs.
	Host(arn string) (string, error)
}

// RESTRequest is a request to Airflow's REST API.
type RESTRequest struct {
	ARN    string // of the environment
	Role   string // of Airflow, such as Admin
	Method string
	Path   string // below the API's root
	Query  url.Values
	Body   []byte // JSON; nil means none
}

// ErrNoWebServer says that no Airflow of an environment runs.
var ErrNoWebServer = errors.New("no Airflow of this environment runs")

// granted decides which role of Airflow the caller gets: each is decided on for itself.
//
// IAM: airflow:InvokeRestApi on the Airflow role, arn:aws:airflow:REGION:ACCOUNT:role/ENVIRONMENT/ROLE.
func granted(c *op.Call, in *invokeInput) (*RESTRequest, error) {
	role, err := grantedRole(c, "InvokeRestApi", in.Name)
	if err != nil {
		return nil, err
	}
	e, err := running(c, in.Name)
	if err != nil {
		return nil, err
	}
	query, err := queryOf(in.QueryParameters)
	return &RESTRequest{e.Arn, role, in.Method, in.Path, query, in.Body}, err
}

// queryOf writes query parameters, an object of texts, numbers, truths, or lists of them, as Airflow reads them.
func queryOf(parameters json.RawMessage) (url.Values, error) {
	if len(parameters) == 0 || string(parameters) == "null" {
		return nil, nil
	}
	var members map[string]any
	d := json.NewDecoder(bytes.NewReader(parameters))
	d.UseNumber()
	if err := d.Decode(&members); err != nil {
		return nil, invalid("QueryParameters must be an object.")
	}
	query := url.Values{}
	for name, value := range members {
		list, ok := value.([]any)
		if !ok {
			list = []any{value}
		}
		for _, one := range list {
			query.Add(name, fmt.Sprint(one))
		}
	}
	return query, nil
}

// invokeRestAPI carries a request to the environment's web server. What Airflow refuses is an error with Airflow's answer in it.
//
// Source: the MWAA API reference, InvokeRestApi, "Errors": RestApiClientException and RestApiServerException, status 400.
func (s *service) invokeRestAPI(ctx context.Context, r *RESTRequest) (*invokeOutput, error) {
	if s.options.WebServers == nil {
		return nil, noWebServer()
	}
	status, body, err := s.options.WebServers.Invoke(ctx, *r)
	if errors.Is(err, ErrNoWebServer) {
		return nil, noWebServer()
	}
	if err != nil {
		return nil, err
	}
	if body, err = document(body); err != nil {
		return nil, err
	}
	if status < http.StatusBadRequest {
		return &invokeOutput{status, body}, nil
	}
	code := "RestApiClientException"
	if status >= http.StatusInternalServerError {
		code = "RestApiServerException"
	}
	return nil, &op.Error{Code: code, Status: http.StatusBadRequest, Fields: map[string]any{
		"RestApiStatusCode": status, "RestApiResponse": json.RawMessage(body),
	}}
}

// document writes a web server's answer as a document: JSON without its blanks, or else a text.
func document(body []byte) ([]byte, error) {
	var b bytes.Buffer
	if json.Compact(&b, body) == nil {
		return b.Bytes(), nil
	}
	return json.Marshal(string(body))
}

// metricsInput is what the processes of an environment report about themselves. Its shape is deprecated: the service ignores what it is sent.
type metricsInput struct {
	EnvironmentName string `location:"uri"`
	MetricData      []metricDatum
}

func (in *metricsInput) environmentName() string { return in.EnvironmentName }

type metricDatum struct {
	MetricName string
	Timestamp  time.Time
	Value      *float64 `json:",omitempty"`
	Unit       string   `json:",omitempty"`
}

// publishMetrics takes metrics and keeps none, as the model says of its shapes: "Data set for this type will be ignored."
//
// IAM: airflow:PublishMetrics on the environment, which every execution role has.
func publishMetrics(c *op.Call, in *metricsInput) (*emptyOutput, error) {
	_, err := find(c, in.EnvironmentName)
	return &emptyOutput{}, err
}
