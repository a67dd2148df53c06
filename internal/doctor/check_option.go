package doctor

import (
	"fmt"

	"aircon/internal/near"
	"aircon/internal/textfix"
	"aircon/pghook"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC022", Severity: Error, Arrow: ArrowHook, Topic: "airflow.md#postgreshook",
		Title: "libpq does not know an option in extra",
		Means: "every extra that PostgresHook does not know itself goes to libpq, which refuses what it does not know",
		Why:   "the option is misspelt, belongs to another hook or driver, or is younger than the image's libpq",
		Mend:  "the option's nearest valid name is in the finding: spell it so, or take the option out of `extra`",
	}},
	text: checkOption,
})

// checkOption is row 22: an extra that reaches libpq and that it refuses, by the libpq that the image's driver brings.
func checkOption(t *SecretText) []Finding {
	if !t.isPostgres() {
		return nil
	}
	var all []Finding
	rt := t.backend.Runtime()
	for _, name := range pghook.UnknownExtras(t.Reading.Conn, rt) {
		mend := optionMend(name, rt.Driver.LibPQ)
		seen := fmt.Sprintf("the extra %s reaches %s, and libpq %d refuses it: invalid connection option", textfix.Shown(name), rt.Driver.Name, rt.Driver.LibPQ)
		if nearest, is := near.Nearest(name, pghook.LibPQOptions(rt.Driver.LibPQ)); is && otherwise[name] == "" {
			seen += "; did you mean " + nearest + "?"
		}
		all = append(all, Found("AC022", seen, t.mend(mend)).At("", t.extraAt(name)))
	}
	return all
}

// otherwise are options of other drivers, with what libpq has for them.
var otherwise = map[string]string{
	"ssl":           "sslmode: require where ssl is true (verify-full with an sslrootcert is better), and sslmode: disable where it is false",
	"currentSchema": "options: -c search_path=SCHEMA",
	"charset":       "client_encoding",
	"timeout":       "connect_timeout",
}

// optionMend is what to do about an option that libpq does not know.
func optionMend(option string, libpq int) Mend {
	name := textfix.Shown(option)
	if libpqs, is := otherwise[option]; is {
		return Mend{Text: fmt.Sprintf("write %s in extra instead of %s, which is another driver's", libpqs, name)}
	}
	if nearest, is := near.Nearest(option, pghook.LibPQOptions(libpq)); is {
		return Mend{Text: "write " + nearest + " in extra instead of " + name}
	}
	for newer := libpq + 1; newer <= pghook.NewestLibPQ; newer++ {
		for _, known := range pghook.LibPQOptions(newer) {
			if known == option {
				return Mend{Text: fmt.Sprintf("take %s out of extra: libpq knows it from %d on", name, newer)}
			}
		}
	}
	return Mend{Text: "take " + name + " out of extra: no option of libpq is near it"}
}
