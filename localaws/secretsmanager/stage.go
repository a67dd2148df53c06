package secretsmanager

import (
	"slices"

	"aircon/localaws/op"
	"aircon/policy"
)

type stageInput struct {
	ref
	VersionStage        string
	RemoveFromVersionId string
	MoveToVersionId     string
}

func (in *stageInput) keys(keys policy.Context) policy.Context {
	return optional(keys, "secretsmanager:VersionStage", in.VersionStage)
}

// updateSecretVersionStage moves, adds or removes a label. The version that AWSCURRENT leaves gets AWSPREVIOUS.
func (sv *service) updateSecretVersionStage(c *op.Call, in *stageInput) (*secretOutput, error) {
	s, err := in.writable()
	if err != nil {
		return nil, err
	}
	if err := in.checkMove(s); err != nil {
		return nil, err
	}
	s, err = sv.change(c, s, func(s *secret) error {
		if in.MoveToVersionId == "" {
			detach(s.Versions, in.RemoveFromVersionId, in.VersionStage)
			return nil
		}
		attach(s.Versions, in.MoveToVersionId, in.VersionStage)
		if len(s.version(in.MoveToVersionId).Labels) > maxLabels {
			return failure("LimitExceededException", "You can't attach more than 20 staging labels to a version.")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &secretOutput{ARN: s.ARN, Name: s.Name}, nil
}

// checkMove asks that the input says where the label is now, and leaves AWSCURRENT on some version.
func (in *stageInput) checkMove(s *secret) error {
	for _, versionID := range []string{in.MoveToVersionId, in.RemoveFromVersionId} {
		if versionID != "" && s.version(versionID) == nil {
			return invalidParameter("Not a valid version: " + versionID)
		}
	}
	holder := s.labelled(in.VersionStage)
	switch {
	case in.MoveToVersionId == "" && in.RemoveFromVersionId == "":
		return invalidParameter("You must specify MoveToVersionId, RemoveFromVersionId, or both.")
	case in.MoveToVersionId == "" && in.VersionStage == current:
		return invalidParameter("You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.")
	case in.MoveToVersionId == "" && !slices.Contains(s.version(in.RemoveFromVersionId).Labels, in.VersionStage):
		return invalidParameter("Staging label " + in.VersionStage + " is not attached to version " + in.RemoveFromVersionId + ".")
	case in.MoveToVersionId == "" || holder == nil || holder.ID == in.MoveToVersionId || holder.ID == in.RemoveFromVersionId:
		return nil
	case in.RemoveFromVersionId == "":
		return invalidParameter("The parameter RemoveFromVersionId can't be empty. Staging label " + in.VersionStage +
			" is currently attached to version " + holder.ID + ", so you must explicitly reference that version in RemoveFromVersionId.")
	default:
		return invalidParameter("When you move staging label " + in.VersionStage +
			", if you specify RemoveFromVersionId, it must be set to the version that currently has the staging label " + in.VersionStage + ".")
	}
}
