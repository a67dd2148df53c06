package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// commit and release are stamped by the Makefile (-ldflags -X); a plain go build falls back to what Go recorded.
var (
	commit  string
	release = "development"
)

// build is what "aircon version" tells.
type build struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

func newVersion(w world) *cobra.Command {
	var out output
	c := &cobra.Command{
		Use:     "version",
		Short:   "print the version, the commit and the Go version",
		Example: "  aircon version\n  aircon version --output json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			b := thisBuild()
			return out.print(w, b, func() {
				fmt.Fprintf(w.out, "aircon %s\ncommit %s\n%s %s/%s\n", b.Version, b.Commit, b.Go, b.OS, b.Arch)
			})
		},
	}
	out.flag(c)
	return c
}

func thisBuild() build {
	b := build{Version: release, Commit: commit, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	for i := 0; ok && b.Commit == "" && i < len(info.Settings); i++ {
		if info.Settings[i].Key == "vcs.revision" {
			b.Commit = info.Settings[i].Value
		}
	}
	if b.Commit == "" {
		b.Commit = "unknown"
	}
	return b
}
