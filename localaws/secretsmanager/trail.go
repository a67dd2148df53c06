package secretsmanager

import "aircon/localaws/op"

// This file is what CloudTrail is told of what happens to secrets without a call of their own. Sources: the user guide, "CloudTrail entries for
// Secrets Manager", for the names and when they come; for the members, a RotationSucceeded that aws-samples print and a RotationFailed in
// umccr/infrastructure. That entries of versions name the version as here is not confirmed.

// happened is additionalEventData.
type happened struct {
	SecretID  string `json:"SecretId"`
	VersionID string `json:"SecretVersionId,omitempty"`
}

// rotationEntry reports on the rotation that makes a version: RotationStarted, RotationSucceeded, RotationFailed or RotationAbandoned, or for a test
// TestRotationStarted and so on.
func rotationEntry(c *op.Call, s *secret, how, versionID string, test bool, failure string) {
	name := "Rotation" + how
	if test {
		name = "Test" + name
	}
	c.Report(op.Happening{
		Service: serviceName, Name: name, Account: s.Account, Region: c.Region, Request: "Rotation-" + s.ARN + "-" + versionID, Failure: failure,
		Details: happened{SecretID: s.ARN},
	})
}

// deletionEntries reports on each version of a secret: StartSecretVersionDelete when its recovery window begins, CancelSecretVersionDelete
// when it is restored, EndSecretVersionDelete when it is gone.
func deletionEntries(c *op.Call, s *secret, name string) {
	for _, v := range s.Versions {
		c.Report(op.Happening{Service: serviceName, Name: name, Account: s.Account, Region: c.Region, Details: happened{s.ARN, v.ID}})
	}
}
