// Package policycases reads the tables of authorisation cases below policy/testdata/cases, for every test that decides them: package policy's
// own, those of what policy explain prints, and those of local AWS's authoriser. The README beside the tables tells how they are written.
package policycases
