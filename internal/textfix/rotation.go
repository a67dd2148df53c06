package textfix

// rotationKeys are the keys that AWS's rotation functions for PostgreSQL read and write, by Airflow's field
// (aws-samples/aws-secrets-manager-rotation-lambdas, SecretsManagerRDSPostgreSQLRotation*: get_secret_dict, get_connection).
var rotationKeys = []struct{ field, key string }{
	{"login", "username"}, {"password", "password"}, {"host", "host"},
}

// rotation gives a text the keys that a rotation function wants. Login, password and host must not stand there twice: a rotation changes
// its own, and Airflow would go on with the other.
func (s *state) rotation() ([]edit, *Refusal) {
	if !s.Rotated {
		return nil, nil
	}
	if !s.isPostgres() {
		return nil, &Refusal{ID: "AC016", Why: "AWS's rotation functions for PostgreSQL take no other type than postgres"}
	}
	for _, want := range rotationKeys {
		m := s.winner(want.field)
		switch {
		case m == nil || m.Value.Empty():
			return nil, &Refusal{ID: "AC016", Why: "the rotation needs " + want.key + ", and the text has no " + want.field, at: s.root.Start}
		case m.Key.Text == want.key:
		case s.root.Get(want.key) != nil:
			return nil, &Refusal{ID: "AC016", Why: "both " + m.Key.Text + " and " + want.key + " stand there: keep the one that counts as " + want.key, at: m.Key.Start}
		default:
			return []edit{{m.Key.Start, m.Key.End, `"` + want.key + `"`, "AC016", "called " + m.Key.Text + " " + want.key + ", as the rotation does"}}, nil
		}
	}
	switch engine := s.root.member("engine"); {
	case engine == nil:
		return []edit{s.insert(`"engine": "postgres"`, "AC016", "added engine for the rotation")}, nil
	case engine.Value.Text != "postgres":
		return []edit{{engine.Value.Start, engine.Value.End, `"postgres"`, "AC016", "wrote postgres as engine for the rotation"}}, nil
	}
	schema := s.winner("schema")
	if schema == nil || schema.Value.Empty() || s.root.Get("dbname") != nil {
		return nil, nil
	}
	value := s.text[schema.Value.Start:schema.Value.End]
	return []edit{{schema.Value.End, schema.Value.End, `, "dbname": ` + value, "AC016", "added dbname for the rotation"}}, nil
}

// RotationLacks names the keys that a rotation function wants and an object lacks. Nil lacks all.
func RotationLacks(root *Node) []string {
	var missing []string
	if engine := root.Get("engine"); engine == nil || engine.Text != "postgres" {
		missing = append(missing, `engine "postgres"`)
	}
	for _, want := range rotationKeys {
		if root.Get(want.key).Empty() {
			missing = append(missing, want.key)
		}
	}
	return missing
}
