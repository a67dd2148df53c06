package main

import (
	"github.com/spf13/cobra"

	"aircon/internal/doctor"
	"aircon/internal/report"
	"aircon/internal/spec"
)

// reporting is how a command that finds things says them: --output with the formats of package report, and --ignore.
type reporting struct {
	output
	ignored []string
}

func (r *reporting) flag(c *cobra.Command) {
	r.output.flag(c, "sarif", "junit")
	c.Flags().StringSliceVar(&r.ignored, "ignore", nil, "findings to leave out of account, such as AC006")
}

// ignore are the findings that the command line names. An id that does not exist is wrong usage.
func (r *reporting) ignore() (spec.Reasons, error) {
	reasons := spec.Reasons{}
	for _, id := range r.ignored {
		k, ok := doctor.Lookup(fullID(id))
		if !ok {
			return nil, unknownID(id)
		}
		reasons[k.ID] = "--ignore"
	}
	return reasons, nil
}

// report writes a document where the user asked for one of its formats, value as JSON where for that, and calls human otherwise.
func (r *reporting) report(w world, document func() report.Document, value any, human func()) error {
	switch r.format {
	case "sarif":
		d := document()
		return d.SARIF(w.out)
	case "junit":
		d := document()
		return d.JUnit(w.out)
	}
	return r.print(w, value, human)
}

// failing is the exit status for findings, of which those of a severity and worse count: error or warning.
func failing(findings []doctor.Finding, failOn string) error {
	for _, f := range findings {
		if f.Severity == doctor.Error || f.Severity == doctor.Warning && failOn == "warning" {
			return statusError(exitFindings)
		}
	}
	return nil
}

// specOptions are what a command lets a spec hold.
func specOptions(literal bool) spec.Options {
	opts := spec.Options{AllowLiteralSecrets: literal}
	for _, k := range doctor.Catalogue() {
		opts.Findings = append(opts.Findings, k.ID)
	}
	return opts
}
