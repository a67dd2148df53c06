package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"aircon/internal/doctor"
	"aircon/internal/term"
)

func TestWhatIsUncheckedFitsTheTerminal(t *testing.T) {
	var b bytes.Buffer
	showReport(&term.Terminal{Out: &b, Width: 60}, &doctor.Report{Environment: "analytics", Unchecked: []doctor.Unchecked{
		{What: "the environment's network", Why: "nothing answers for EC2 here, as with local AWS; it needs ec2:DescribeSubnets and others"},
	}}, false)
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) < 3 {
		t.Errorf("it is not broken into lines: %q", lines)
	}
	for _, line := range lines {
		if n := utf8.RuneCountInString(line); n > 60 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}
