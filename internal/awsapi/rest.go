package awsapi

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmwaa "github.com/aws/aws-sdk-go-v2/service/mwaa"
	"github.com/aws/aws-sdk-go-v2/service/mwaa/document"
	mwaatypes "github.com/aws/aws-sdk-go-v2/service/mwaa/types"

	"aircon/internal/probe"
)

var _ probe.REST = (*Client)(nil)

// InvokeREST carries a request to the REST API of an environment's Airflow, with the path below the API's root. What Airflow answers comes back
// whatever its status; an error means that Airflow has not answered.
//
// It needs airflow:InvokeRestApi on a role of Airflow, arn:aws:airflow:REGION:ACCOUNT:role/ENVIRONMENT/ROLE.
func (c *Client) InvokeREST(ctx context.Context, environment, method, path string, body []byte) (int, []byte, error) {
	in := &awsmwaa.InvokeRestApiInput{Name: &environment, Path: &path, Method: mwaatypes.RestApiMethod(method)}
	if body != nil {
		var value any
		if err := json.Unmarshal(body, &value); err != nil {
			return 0, nil, err
		}
		in.Body = document.NewLazyDocument(value)
	}
	out, err := do(ctx, mwaaService, c.mwaa.InvokeRestApi, "InvokeRestApi", in)
	var refused *mwaatypes.RestApiClientException
	var failed *mwaatypes.RestApiServerException
	switch {
	case errors.As(err, &refused):
		return restAnswer(refused.RestApiStatusCode, refused.RestApiResponse)
	case errors.As(err, &failed):
		return restAnswer(failed.RestApiStatusCode, failed.RestApiResponse)
	case err != nil:
		return 0, nil, err
	}
	return restAnswer(out.RestApiStatusCode, out.RestApiResponse)
}

// restAnswer is Airflow's answer as JSON.
func restAnswer(status *int32, answer document.Interface) (int, []byte, error) {
	var value any
	if answer != nil {
		if err := answer.UnmarshalSmithyDocument(&value); err != nil {
			return 0, nil, err
		}
	}
	text, err := json.Marshal(value)
	return int(aws.ToInt32(status)), text, err
}
