package doctor

import (
	"slices"
	"strings"
	"testing"
	"time"

	"aircon/aircontest"
)

// What local AWS does not bring about by itself: a secret that rotates, and one whose AWSCURRENT is gone though other versions are there.
func TestLabelsThatOnlyARotationLeaves(t *testing.T) {
	changed := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name     string
		secret   Secret
		id       string
		severity Severity
		says     string
		mend     string
	}{
		{
			"after a rotation",
			Secret{Rotates: true, Changed: changed, Stages: map[string]string{"AWSCURRENT": "v2", "AWSPREVIOUS": "v1"}},
			"AC015", Info, "changed at 2026-03-01T12:00:00Z: a process that has read the secret before then", "",
		},
		{
			"pending only",
			Secret{Stages: map[string]string{"AWSPENDING": "v2"}},
			"AC041", Error, "AWSPENDING is on version v2", "--version-stage AWSCURRENT --move-to-version-id v2",
		},
		{
			"previous only",
			Secret{Stages: map[string]string{"AWSPREVIOUS": "v1"}},
			"AC041", Error, "AWSPREVIOUS is on version v1", "--version-stage AWSCURRENT --move-to-version-id v1",
		},
		{"pending on the current version", Secret{Stages: map[string]string{"AWSCURRENT": "v1", "AWSPENDING": "v1"}}, "", "", "", ""},
		{"changed by hand", Secret{Changed: changed, Stages: map[string]string{"AWSCURRENT": "v2", "AWSPREVIOUS": "v1"}}, "", "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBed(t, aircontest.NewPostgres(t))
			test.secret.Name, test.secret.ARN, test.secret.Current = testSecret, testARN, true
			b.secret = &test.secret
			v := b.examine()
			if test.id == "" {
				if len(v.Findings) > 0 {
					t.Errorf("a false alarm: %+v", v.Findings)
				}
				return
			}
			f, found := findingOf(v, test.id)
			if !found || f.Severity != test.severity || !strings.Contains(f.Seen, test.says) || !strings.Contains(strings.Join(f.Mend.Command, " "), test.mend) {
				t.Errorf("%+v", v.Findings)
			}
			if slices.Contains(f.Mend.Command, "") {
				t.Errorf("an empty word in %q", f.Mend.Command)
			}
		})
	}
}

// Where no version works, the login is refused like any other.
func TestNoVersionWorks(t *testing.T) {
	b := newBed(t, aircontest.NewPostgres(t))
	set("password", "wrong")(b)
	b.secret = &Secret{Name: testSecret, ARN: testARN, Current: true, Stages: map[string]string{"AWSCURRENT": "v2", "AWSPREVIOUS": "v1"}}
	b.stages = map[string]string{"AWSPREVIOUS": b.text()}
	if v := b.examine(); len(v.Findings) != 1 || v.Findings[0].ID != "AC140" {
		t.Errorf("%+v", v.Findings)
	}
}
