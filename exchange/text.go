package exchange

import (
	"aircon"
	"aircon/internal/py"
)

// Text writes a connection as JSON, as a secret or a variable holds it: what Connection.as_json writes, with the extra as text where it is no
// object, which as_json would drop. A description is in it, for variables; SecretsManagerBackend drops it. The error is one of
// [aircon.Connection.JSON].
func Text(c aircon.Connection, rt aircon.Runtime) (aircon.Secret, error) {
	bare := c
	if _, isObject := members(c.Extra); !isObject {
		bare.Extra = aircon.Extra{}
	}
	text, err := bare.JSON(rt)
	if err != nil || bare.Extra.IsNull() && !c.Extra.IsTrue() || !bare.Extra.IsNull() {
		return text, err
	}
	value, err := py.Loads(text.Reveal())
	if err != nil {
		return aircon.Secret{}, err
	}
	object := value.(*py.Dict)
	object.Set("extra", c.Extra.Value().Reveal())
	return aircon.NewSecret(py.Dumps(object)), nil
}
