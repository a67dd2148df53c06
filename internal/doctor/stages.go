package doctor

import (
	"context"

	"aircon/pghook"
)

// The staging labels that aircon speaks of.
const (
	stageCurrent  = "AWSCURRENT"
	stagePending  = "AWSPENDING"
	stagePrevious = "AWSPREVIOUS"
)

// Staged is another version of a secret, tried where the login of the current one is refused.
type Staged struct {
	Label, VersionID string
	Works            bool
	Err              error // why it does not; nil where it works, or holds no connection to try
}

// pending reports whether a rotation is under way, or was interrupted: AWSPENDING is on a version that is not the current one.
func (s *Secret) pending() bool {
	id := s.Stages[stagePending]
	return id != "" && id != s.Stages[stageCurrent]
}

// tryStages tries the versions that are not current, where the current one's login is refused: one that works tells what a rotation has left
// undone. It needs
// secretsmanager:DescribeSecret and secretsmanager:GetSecretValue.
func (d *Doctor) tryStages(ctx context.Context, p *Patient) {
	if p.stopped(pghook.CausePassword) == nil || p.Reading == nil || p.Reading.Secret == nil {
		return
	}
	if fresh, err := d.AWS.Secret(ctx, p.Reading.Name); err == nil { // the list of secrets may lag behind
		p.Reading.Secret.Stages = fresh.Stages
	}
	stages := p.Reading.Secret.Stages
	for _, label := range []string{stagePending, stagePrevious} {
		if id := stages[label]; id == "" || id == stages[stageCurrent] {
			continue
		}
		tried := Staged{Label: label, VersionID: stages[label]}
		text, err := d.AWS.SecretStage(ctx, p.Reading.Name, label)
		if tried.Err = err; err == nil {
			read := p.Env.Settings.Backend.ReadConnection(p.ID, text)
			if probed := p.Env.servers.probe(ctx, d.Probe, read.Conn, p.Env.Runtime.On(p.holder())); read.Problem == nil && probed != nil {
				tried.Works, tried.Err = probed.Refused == nil && probed.Report.OK(), probed.Report.Err
			}
		}
		p.Stages = append(p.Stages, tried)
	}
}

// working is the version that works in the current one's stead, or nil.
func (p *Patient) working() *Staged {
	for i := range p.Stages {
		if p.Stages[i].Works {
			return &p.Stages[i]
		}
	}
	return nil
}

// moveStage is the command that gives a staging label to another version, or with an empty one takes it from the one that has it.
func (p *Patient) moveStage(label, to, from string) Mend {
	command := []string{"aws", "secretsmanager", "update-secret-version-stage", "--secret-id", p.name(), "--version-stage", label}
	if to != "" {
		command = append(command, "--move-to-version-id", to)
	}
	if from != "" {
		command = append(command, "--remove-from-version-id", from)
	}
	return Mend{Command: command}
}
