package iam

import "aircon/localaws/op"

// What a user can have in AWS and not here: devices, certificates, keys for other protocols, a password. Nothing makes them, so there
// are none; tools ask for them before they delete a user, as Terraform's aws_iam_user does with force_destroy.

type (
	absentDevices struct {
		MFADevices []none
		paged
	}
	absentVirtual struct {
		VirtualMFADevices []none
		paged
	}
	absentSSHKeys struct {
		SSHPublicKeys []none
		paged
	}
	absentSigning struct {
		Certificates []none
		paged
	}
	absentCredentials struct {
		ServiceSpecificCredentials []none
		paged
	}
)

// absent answers that a user has none of something.
func absent[Out any](c *op.Call, in *listOfInput) (*Out, error) {
	_, err := users.target(c, in)
	return new(Out), err
}

// listVirtualMFADevices needs iam:ListVirtualMFADevices.
func listVirtualMFADevices(*op.Call, *listInput) (*absentVirtual, error) {
	return new(absentVirtual), nil
}

// noLoginProfile needs iam:GetLoginProfile or iam:DeleteLoginProfile.
func noLoginProfile(c *op.Call, in *nameInput) (*none, error) {
	e, err := users.target(c, in)
	if err != nil {
		return nil, err
	}
	return nil, noSuchEntity("Login Profile for User %s cannot be found.", e.Name)
}

// absences are their operations.
func absences() []op.Operation {
	return []op.Operation{
		op.Read("ListMFADevices", on[listOfInput](users, "ListMFADevices"), absent[absentDevices]),
		op.Read("ListVirtualMFADevices", onAccount[listInput]("ListVirtualMFADevices"), listVirtualMFADevices),
		op.Read("ListSSHPublicKeys", on[listOfInput](users, "ListSSHPublicKeys"), absent[absentSSHKeys]),
		op.Read("ListSigningCertificates", on[listOfInput](users, "ListSigningCertificates"), absent[absentSigning]),
		op.Read("ListServiceSpecificCredentials", on[listOfInput](users, "ListServiceSpecificCredentials"), absent[absentCredentials]),
		op.Read("GetLoginProfile", on[nameInput](users, "GetLoginProfile"), noLoginProfile),
		op.Read("DeleteLoginProfile", on[nameInput](users, "DeleteLoginProfile"), noLoginProfile),
	}
}
