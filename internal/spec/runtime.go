package spec

import (
	"fmt"

	"aircon"
)

// Runtime returns what Airflow's behaviour depends on in this environment: the pins of the image that runs the given version, with the
// providers that the spec names put over them. The version is the spec's own where it states one.
func (e *Environment) Runtime(airflow string) (aircon.Runtime, error) {
	if v := e.Version(); v != "" {
		airflow = v
	}
	rt, err := aircon.RuntimeFor(airflow)
	if err != nil {
		return aircon.Runtime{}, fmt.Errorf("%s: %w", label(e), err)
	}
	if e.Providers == nil {
		return rt, nil
	}
	for _, p := range []struct {
		text string
		into *aircon.Version
	}{{e.Providers.Amazon, &rt.Amazon}, {e.Providers.Postgres, &rt.Postgres}, {e.Providers.CommonSQL, &rt.CommonSQL}} {
		if p.text == "" {
			continue
		}
		if *p.into, err = aircon.ParseVersion(p.text); err != nil {
			return aircon.Runtime{}, fmt.Errorf("%s: providers: %w", label(e), err)
		}
	}
	return rt, nil
}
