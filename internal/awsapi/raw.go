package awsapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Keys are credentials in the clear, such as those of a local AWS's administrator.
type Keys struct{ AccessKeyID, SecretAccessKey string }

// Signed sends a request as it stands, signed for a service and region, and returns the answer's status and body. It is for
// operations that the SDK's clients are not made for here; what it needs is up to the operation.
func Signed(ctx context.Context, r *http.Request, body []byte, keys Keys, service, region string) (int, []byte, error) {
	answer, err := Send(ctx, r, body, keys, service, region)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, text, err
}

// Send is Signed for an answer that may be too large for memory. The caller closes its body.
func Send(ctx context.Context, r *http.Request, body []byte, keys Keys, service, region string) (*http.Response, error) {
	r = r.WithContext(ctx)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	sum := sha256.Sum256(body)
	credentials := aws.Credentials{AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey}
	if err := v4.NewSigner().SignHTTP(ctx, credentials, r, hex.EncodeToString(sum[:]), service, region, time.Now()); err != nil {
		return nil, fmt.Errorf("sign the request: %w", err)
	}
	return http.DefaultClient.Do(r)
}
