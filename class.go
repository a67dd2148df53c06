package aircon

// Airflow 3 has two Connection classes, and each changed over the releases. These methods are the only place that knows what
// differs; the rest of the codec asks them.

// usesSDK reports whether connections are the Task SDK's on this side; otherwise they are airflow.models'.
func (rt Runtime) usesSDK() bool { return rt.Side == Worker && rt.Airflow.AtLeast(3, 0) }

// reads returns the runtime by whose class a URI or JSON text is read: in Airflow 3.0 the SDK's class cannot, and
// workers use airflow.models' for it.
func (rt Runtime) reads() Runtime {
	if !rt.Airflow.AtLeast(3, 2) {
		rt.Side = Server
	}
	return rt
}

// needsObjectExtra reports whether an extra that is not a JSON object is refused.
func (rt Runtime) needsObjectExtra() bool { return rt.Airflow.AtLeast(3, 0) && !rt.usesSDK() }

// typesQuery reports whether each value in a URI's query is read as JSON, where it is JSON.
func (rt Runtime) typesQuery() bool { return rt.Airflow.AtLeast(3, 2) && !rt.usesSDK() }

// takesUnicodeID reports whether letters beyond ASCII may stand in a conn_id.
func (rt Runtime) takesUnicodeID() bool { return rt.Airflow.AtLeast(3, 0) }

// knowsHostOfType reports whether get_uri() leaves a host alone whose protocol is the connection's type.
func (rt Runtime) knowsHostOfType() bool { return rt.Airflow.AtLeast(3, 2) }

// takesTeam reports whether the constructor has the argument team_name.
func (rt Runtime) takesTeam() bool { return rt.Airflow.AtLeast(3, 2) && !rt.usesSDK() }

// takesURI reports whether the constructor has the argument uri.
func (rt Runtime) takesURI() bool { return !rt.usesSDK() || rt.Airflow.AtLeast(3, 2) }

// needsType reports whether the constructor fails without a type.
func (rt Runtime) needsType() bool { return rt.usesSDK() && !rt.Airflow.AtLeast(3, 2) }

// objectExtraFromURI reports whether the constructor's argument uri leaves an object, not its text, as the extra: a fault of
// the SDK before Airflow 3.3.
func (rt Runtime) objectExtraFromURI() bool { return rt.usesSDK() && !rt.Airflow.AtLeast(3, 3) }

// usesRE2 reports whether ids are checked, and the texts of an extra masked, with the library re2, which fails on lone surrogates.
func (rt Runtime) usesRE2() bool { return !rt.Airflow.AtLeast(3, 0) }
