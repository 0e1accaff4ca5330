"""What the product is made of besides its own code: a bill of materials, licences, known vulnerabilities."""
