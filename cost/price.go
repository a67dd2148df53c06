package cost

import "time"

// Prices are AWS's, in US dollars.
type Prices struct {
	Secret float64 // a secret for a month; each replica counts as one
	Calls  float64 // 10,000 calls of the API, whatever comes of them
	AsOf   time.Time
}

// DefaultPrices are those of all commercial regions (https://aws.amazon.com/secrets-manager/pricing/).
var DefaultPrices = Prices{Secret: 0.40, Calls: 0.05, AsOf: time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)}

// Month is the length of a month on AWS's bills: 730 hours.
const Month = 730 * time.Hour

func (p Prices) calls(n float64) float64   { return n / 10_000 * p.Calls }
func (p Prices) secrets(n float64) float64 { return n * p.Secret }
