// Package report writes what doctor, lint and others found in the formats that other programs read: SARIF 2.1.0 for code hosts, which
// show each finding at its line, and JUnit XML for CI servers, which count cases.
//
// Which to use when: [Examined] makes a [Document] of doctor's report, [Checked] one of a list of findings about files, [Ran] one of what a
// command ran itself; then [Document.SARIF] or [Document.JUnit]. It adds nothing to what the findings say, so that what they keep secret
// stays so.
package report
