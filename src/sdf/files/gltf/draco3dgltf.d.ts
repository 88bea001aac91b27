// The types of draco3dgltf, which has none: as much of Draco's decoder as is used here, and of its encoder as the fixtures
// take (Draco's src/draco/javascript/emscripten).
declare module 'draco3dgltf' {
  export interface DracoAttribute {
    num_components(): number;
  }

  export interface DracoMesh {
    num_points(): number;
    num_faces(): number;
  }

  export interface DracoStatus {
    ok(): boolean;
    error_msg(): string;
  }

  export interface DracoDecoder {
    GetEncodedGeometryType(bytes: Int8Array): number;
    DecodeArrayToMesh(bytes: Int8Array, length: number, mesh: DracoMesh): DracoStatus;
    /** Without an attribute of this number: one whose pointer is null. */
    GetAttributeByUniqueId(mesh: DracoMesh, id: number): DracoAttribute;
    GetTrianglesUInt32Array(mesh: DracoMesh, bytes: number, pointer: number): boolean;
    GetAttributeDataArrayForAllPoints(
      mesh: DracoMesh,
      attribute: DracoAttribute,
      type: number,
      bytes: number,
      pointer: number,
    ): boolean;
  }

  export interface DracoModule {
    Decoder: new () => DracoDecoder;
    Mesh: new () => DracoMesh;
    readonly TRIANGULAR_MESH: number;
    readonly DT_INT8: number;
    readonly DT_UINT8: number;
    readonly DT_INT16: number;
    readonly DT_UINT16: number;
    readonly DT_UINT32: number;
    readonly DT_FLOAT32: number;
    readonly HEAPU8: Uint8Array;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    destroy(object: object): void;
    getPointer(object: object): number;
  }

  export interface DracoEncoder {
    SetEncodingMethod(method: number): void;
    SetAttributeQuantization(attribute: number, bits: number): void;
    EncodeMeshToDracoBuffer(mesh: DracoMesh, bytes: { GetValue(at: number): number }): number;
  }

  export interface DracoMeshBuilder {
    AddFacesToMesh(mesh: DracoMesh, faces: number, indices: Uint32Array): boolean;
    /** @returns the attribute's number */
    AddFloatAttributeToMesh(
      mesh: DracoMesh,
      attribute: number,
      vertices: number,
      size: number,
      values: Float32Array,
    ): number;
  }

  export interface DracoEncoderModule {
    Encoder: new () => DracoEncoder;
    MeshBuilder: new () => DracoMeshBuilder;
    Mesh: new () => DracoMesh;
    DracoInt8Array: new () => { GetValue(at: number): number };
    readonly POSITION: number;
    readonly MESH_SEQUENTIAL_ENCODING: number;
    readonly MESH_EDGEBREAKER_ENCODING: number;
  }

  const draco: {
    createEncoderModule(options: object): Promise<DracoEncoderModule>;
    createDecoderModule(options: {
      print?: (text: string) => void;
      printErr?: (text: string) => void;
    }): Promise<DracoModule>;
  };
  export default draco;
}
