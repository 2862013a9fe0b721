package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/eks-hybrid/internal/api"
)

// createCertificate writes a valid certificate into a folder, and returns its path.
func createCertificate(folder string) (string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "server.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
	return path, os.WriteFile(path, text, 0o600)
}

// onThisMachine replaces the paths of files on the node by those of a file that exists.
func onThisMachine(config api.NodeConfig, path string) *api.NodeConfig {
	if !config.IsIAMRolesAnywhere() {
		return &config
	}
	options, roles := *config.Spec.Hybrid, *config.Spec.Hybrid.IAMRolesAnywhere
	for _, file := range []*string{&roles.CertificatePath, &roles.PrivateKeyPath} {
		if *file != "" {
			*file = path
		}
	}
	options.IAMRolesAnywhere, config.Spec.Hybrid = &roles, &options
	return &config
}
