package op

// Happening is what a service did by itself, after an answer or in the background. The audit log has it as an event of the service's own
// (CloudTrail's AwsServiceEvent).
type Happening struct {
	Service string // as in Service.Name
	Name    string // such as RotationSucceeded
	Account string // whose log it belongs to
	Region  string
	Request string // requestID; "" means one that is made up
	Failure string // why it went wrong, or ""
	Details any    // additionalEventData, in JSON: never secret
}

// Report has the audit log take down what a service did by itself, once the transaction is on disk.
func (c *Call) Report(h Happening) {
	if c.Reporter != nil {
		c.Reporter(h)
	}
}
