package mwaa

import (
	"encoding/json"
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

// invokeRestAPI would carry a request to the environment's web server. Which role the caller gets is decided one by one. No Airflow runs here, so that whoever may is told that it cannot be
// reached, in the form of an error of the web server.
//
// IAM: airflow:InvokeRestApi on the Airflow role, arn:aws:airflow:REGION:ACCOUNT:role/ENVIRONMENT/ROLE.
func invokeRestAPI(c *op.Call, in *invokeInput) (*invokeOutput, error) {
	if _, err := grantedRole(c, "InvokeRestApi", in.Name); err != nil {
		return nil, err
	}
	if _, err := running(c, in.Name); err != nil {
		return nil, err
	}
	return nil, noWebServer()
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
