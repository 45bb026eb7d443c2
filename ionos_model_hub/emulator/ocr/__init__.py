"""Text of pages: of rendered ones from their code, of others with a real OCR engine."""
