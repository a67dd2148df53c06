package localaws

import (
	"slices"
	"strings"
	"testing"

	"aircon/localaws/iam"
	"aircon/localaws/model"
	"aircon/localaws/op"
)

// grouped says why the things of a list are not there. Things are separated by spaces.
type grouped []struct{ why, things string }

// reasons returns why each thing is not there.
func (g grouped) reasons(t *testing.T) map[string]string {
	t.Helper()
	reasons := map[string]string{}
	for _, group := range g {
		for thing := range strings.FieldsSeq(group.things) {
			if reasons[thing] != "" {
				t.Errorf("%s is listed twice", thing)
			}
			reasons[thing] = group.why
		}
	}
	return reasons
}

// unserved are the operations of the pinned models without a row. They are answered as AWS answers an operation that it does not know.
var unserved = grouped{
	{"secrets have no replicas in other accounts here", "secretsmanager.AssociateCrossAccountReplica secretsmanager.DisassociateCrossAccountReplica"},
	{"there are no identity providers, SAML or OpenID Connect", `
		iam.AddClientIDToOpenIDConnectProvider iam.CreateOpenIDConnectProvider iam.DeleteOpenIDConnectProvider iam.GetOpenIDConnectProvider
		iam.ListOpenIDConnectProviderTags iam.ListOpenIDConnectProviders iam.RemoveClientIDFromOpenIDConnectProvider iam.TagOpenIDConnectProvider
		iam.UntagOpenIDConnectProvider iam.UpdateOpenIDConnectProviderThumbprint iam.CreateSAMLProvider iam.DeleteSAMLProvider iam.GetSAMLProvider
		iam.ListSAMLProviderTags iam.ListSAMLProviders iam.TagSAMLProvider iam.UntagSAMLProvider iam.UpdateSAMLProvider
		iam.DisableOutboundWebIdentityFederation iam.EnableOutboundWebIdentityFederation iam.GetOutboundWebIdentityFederationInfo
		sts.AssumeRoleWithSAML sts.AssumeRoleWithWebIdentity sts.GetWebIdentityToken`},
	{"nobody signs in to a console: no passwords and no devices", `
		iam.ChangePassword iam.CreateLoginProfile iam.UpdateLoginProfile iam.DeleteAccountPasswordPolicy iam.GetAccountPasswordPolicy
		iam.UpdateAccountPasswordPolicy iam.CreateVirtualMFADevice iam.DeactivateMFADevice iam.DeleteVirtualMFADevice iam.EnableMFADevice
		iam.GetMFADevice iam.ListMFADeviceTags iam.ResyncMFADevice iam.TagMFADevice iam.UntagMFADevice`},
	{"keys and certificates of other services", `
		iam.DeleteSSHPublicKey iam.GetSSHPublicKey iam.UpdateSSHPublicKey iam.UploadSSHPublicKey iam.DeleteServerCertificate
		iam.GetServerCertificate iam.ListServerCertificateTags iam.ListServerCertificates iam.TagServerCertificate iam.UntagServerCertificate
		iam.UpdateServerCertificate iam.UploadServerCertificate iam.DeleteSigningCertificate iam.UpdateSigningCertificate
		iam.UploadSigningCertificate iam.CreateServiceSpecificCredential iam.DeleteServiceSpecificCredential
		iam.ResetServiceSpecificCredential iam.UpdateServiceSpecificCredential`},
	{"an organisation is a file of policies here, and has no account of its own", `
		iam.DisableOrganizationsRootCredentialsManagement iam.DisableOrganizationsRootSessions
		iam.EnableOrganizationsRootCredentialsManagement iam.EnableOrganizationsRootSessions iam.ListOrganizationsFeatures
		iam.GenerateOrganizationsAccessReport iam.GetOrganizationsAccessReport sts.AssumeRoot`},
	{"reports on an account's use", `
		iam.GenerateCredentialReport iam.GetCredentialReport iam.GenerateServiceLastAccessedDetails iam.GetServiceLastAccessedDetails
		iam.GetServiceLastAccessedDetailsWithEntities iam.ListPoliciesGrantingServiceAccess iam.GetHumanReadableSummary kms.GetKeyLastUsage`},
	{"delegation between accounts and partners, and templates of roles", `
		iam.AcceptDelegationRequest iam.AcquireRole iam.AssociateDelegationRequest iam.CreateDelegationRequest iam.GetDelegationRequest
		iam.ListDelegationRequests iam.RejectDelegationRequest iam.SendDelegationToken iam.UpdateDelegationRequest
		iam.GetRoleTemplateVersion sts.GetDelegatedAccessToken`},
	{"settings of an account", "iam.GetAccountProperties iam.PutAccountProperties iam.SetSecurityTokenServicePreferences"},
	{"key material lies here, in no other store", `
		kms.ConnectCustomKeyStore kms.CreateCustomKeyStore kms.DeleteCustomKeyStore kms.DescribeCustomKeyStores
		kms.DisconnectCustomKeyStore kms.UpdateCustomKeyStore kms.DeleteImportedKeyMaterial kms.GetParametersForImport
		kms.ImportKeyMaterial`},
	{"keys for key encapsulation", "kms.Decapsulate kms.Encapsulate"},
}

// TestOperationsOfTheModel: every operation of the pinned models has a row, or stands in unserved with the reason; and a row is an
// operation of the model, at the model's method and path.
func TestOperationsOfTheModel(t *testing.T) {
	missing := unserved.reasons(t)
	for _, s := range allServices(iam.New(), Options{}) {
		m := model.Of(s.Name)
		for i := range s.Operations {
			o := &s.Operations[i]
			switch is := m.Operation(o.Name); {
			case is == nil:
				t.Errorf("the model of %s has no operation %s", s.Name, o.Name)
			case s.Protocol == op.RESTJSON && (o.Method != is.Method || strings.ReplaceAll(o.Path, "+}", "}") != is.URI): // an ARN holds slashes
				t.Errorf("%s.%s is at %s %s, in the model at %s %s", s.Name, o.Name, o.Method, o.Path, is.Method, is.URI)
			}
		}
		served := 0
		for _, o := range m.Operations {
			name := s.Name + "." + o.Name
			has := slices.ContainsFunc(s.Operations, func(row op.Operation) bool { return row.Name == o.Name })
			if has == (missing[name] != "") {
				t.Errorf("%s has a row: %t; it is listed as unserved: %q", name, has, missing[name])
			}
			if has {
				served++
			}
			delete(missing, name)
		}
		t.Logf("%s: %d of %d operations of botocore %s", s.Name, served, len(m.Operations), m.Botocore)
	}
	for name := range missing {
		t.Errorf("%s is listed as unserved, and no model has it", name)
	}
}

// unread are the members of inputs that operations do not look at. They are taken as they come, and not checked.
var unread = grouped{
	{"resource policies have one name, default", "secretsmanager.DeleteResourcePolicy.PolicyName secretsmanager.GetResourcePolicy.PolicyName secretsmanager.PutResourcePolicy.PolicyName"},
	{"nothing here runs in an enclave", "kms.Decrypt.Recipient kms.GenerateDataKey.Recipient kms.GenerateDataKeyPair.Recipient kms.GenerateRandom.Recipient kms.DeriveSharedSecret.Recipient"},
	{"key material lies here, in no other store", "kms.CreateKey.XksKeyId kms.GenerateRandom.CustomKeyStoreId"},
	{"grants are to principals, and not to services by name", `
		kms.CreateGrant.Constraints.SourceArn kms.CreateGrant.GranteeServicePrincipal kms.CreateGrant.RetiringServicePrincipal
		kms.ListGrants.GranteeServicePrincipal kms.ListRetirableGrants.RetiringServicePrincipal`},
	{"no key is shared by other accounts through Resource Access Manager", "kms.ListKeys.ResourceOwners"},
	{"a try looks at the ciphertext too", "kms.Decrypt.DryRunModifiers kms.ReEncrypt.DryRunModifiers"},
	{"tokens are of one size", "sts.AssumeRole.MinimumSessionTokenSize sts.GetSessionToken.MinimumSessionTokenSize sts.GetFederationToken.MinimumSessionTokenSize"},
	{"there are no identity providers", "sts.AssumeRole.ProvidedContexts"},
	{"the simulator takes one organisation policy after the other, and leaves none out", "iam.SimulatePrincipalPolicy.PolicyExclusionList iam.SimulateCustomPolicy.OrderedOrganizationPolicyInputList"},
	{"the list is always empty", "iam.ListVirtualMFADevices.AssignmentStatus iam.ListServiceSpecificCredentials.ServiceName iam.ListServiceSpecificCredentials.AllUsers"},
	{"no Airflow runs here, whose teams and sign-in these are", `
		airflow.CreateEnvironment.IdentityCenterConfiguration airflow.CreateEnvironment.Teams
		airflow.UpdateEnvironment.IdentityCenterConfiguration airflow.UpdateEnvironment.Teams`},
	{"metrics are taken and kept nowhere", "airflow.PublishMetrics.MetricData.Dimensions airflow.PublishMetrics.MetricData.StatisticValues airflow.PublishMetrics.MetricData.Timestamp"},
}

// TestInputsOfTheModel: the input of each row has each member of the model's, of a fitting type, or the member stands in unread. An
// output's members that the model has are of fitting types too.
func TestInputsOfTheModel(t *testing.T) {
	unseen := unread.reasons(t)
	for _, s := range allServices(iam.New(), Options{}) {
		m := model.Of(s.Name)
		for i := range s.Operations {
			o := &s.Operations[i]
			is := m.Operation(o.Name)
			if is == nil {
				continue // TestOperationsOfTheModel says so
			}
			if is.Input != nil {
				for _, misfit := range is.Input.Misfits(o.Input()) {
					at := s.Name + "." + o.Name + "." + misfit.Member
					if misfit.Kind == model.Foreign { // inputs share parts, such as what names a user, a role or a group
						continue
					}
					if unseen[at] == "" {
						t.Errorf("%s: %s", at, misfit.Kind)
					}
					delete(unseen, at)
				}
			}
			if is.Output != nil {
				for _, misfit := range is.Output.Misfits(o.Output) {
					if misfit.Kind == model.Mistyped {
						t.Errorf("%s.%s's output, %s: %s", s.Name, o.Name, misfit.Member, misfit.Kind)
					}
				}
			}
		}
	}
	for at := range unseen {
		t.Errorf("%s is listed as unread, and is read or is none", at)
	}
}
