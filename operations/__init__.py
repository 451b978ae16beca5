"""What happens: one public function is one transaction and one sentence of the manual."""
