package hook

import (
	"fmt"

	"aircon"
	"aircon/internal/oracle/codec"
	"aircon/internal/py"
)

// plain reads a JSON text as answers hold values: NaN as {"$float": "nan"}.
func plain(json aircon.Secret) any {
	value, err := aircon.NewExtra(json.Reveal()).Decode(aircon.Runtime{Airflow: aircon.Version{Major: 3}})
	if err != nil {
		panic(err) // it was written a moment ago
	}
	return codec.Plain(value)
}

// plainField returns a field as answers hold it.
func plainField(f aircon.Field) any {
	switch {
	case f.IsNull():
		return nil
	case f.IsTruth():
		return f.IsTrue()
	case f.IsNumber():
		return plain(aircon.NewSecret(py.Dumps(py.ParseNumber(f.String()))))
	}
	return f.String()
}

// fieldOf reads one of the hook's arguments.
func fieldOf(value any) (aircon.Field, error) {
	switch v := value.(type) {
	case nil:
		return aircon.Field{}, nil
	case string:
		return aircon.Text(v), nil
	case bool:
		return aircon.Truth(v), nil
	case py.Digits, float64:
		return aircon.Number(py.Str(v)), nil
	}
	return aircon.Field{}, fmt.Errorf("%s where text belongs", py.TypeName(value))
}
