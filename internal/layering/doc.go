// Package layering has no code, only the test that holds the repository to its structure: which package may import which, who may use the
// AWS SDK, that each package says what it is for, that no public signature holds an internal type, and that no test skips itself.
package layering
